/** The programs that a test file wrote for its images, answered for in its own process. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { onCleanup } from '../cleanup.ts';
import { tempDir } from '../tmp.ts';
import { repositoryOf, usualAnswer, usualLog, type Answer, type LogRequest, type Visit } from './programs.ts';
import { tellCluster } from './tell.ts';

/** The pods of an image do this; parts that are left out are as with any image: `ok NAME` at `/`, a line of log. */
export interface Program {
  /** @returns the body of a 200, or status and body */
  readonly answer?: (visit: Visit) => string | Answer | Promise<string | Answer>;
  readonly log?: (wanted: LogRequest) => string | Promise<string>;
}

export interface ServedPrograms {
  /** @param name - the repository, without registry */
  add(name: string, program: Program): Promise<void>;
}

/** The programs answer until the file's last test is over. */
export async function servePrograms(): Promise<ServedPrograms> {
  const programs = new Map<string, Program>();
  const socket = join(tempDir(), 'programs.sock');
  const server = createServer((asked, response) => {
    const answer = async () => {
      let body = '';
      for await (const part of asked.setEncoding('utf8') as AsyncIterable<string>) body += part;
      const question = JSON.parse(body) as Visit | LogRequest;
      const { answer: visited = usualAnswer, log = usualLog } = programs.get(repositoryOf(question.pod.image)) ?? {};
      if (question.kind === 'log') return log(question);
      const said = await visited(question);
      return typeof said === 'string' ? { status: 200, body: said } : said;
    };
    answer().then(
      (said) => response.end(JSON.stringify(said)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onCleanup(async () => {
    for (const name of programs.keys()) await tellCluster('DELETE', `/programs/${encodeURIComponent(name)}`);
    server.close();
    server.closeAllConnections();
  });
  return {
    add: async (name: string, program: Program) => {
      programs.set(name, program);
      await tellCluster('PUT', `/programs/${encodeURIComponent(name)}`, socket);
    },
  };
}
