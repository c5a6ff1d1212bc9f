import { request } from 'node:http';
import { testRun } from '../run.ts';
import { clusterSocket } from './socket.ts';

/** Says something to the process that has the cluster. @throws Error with its words */
export function tellCluster(method: string, path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const told = request({ socketPath: clusterSocket(testRun().dir), method, path }, (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (part: string) => (said += part));
      response.once('error', reject).once('end', () => {
        if (response.statusCode === 200) resolve(said);
        else reject(new Error(said));
      });
    });
    told.once('error', reject).end(body);
  });
}
