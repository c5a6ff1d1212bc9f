/** An HTTP server in front of a cluster's API server: a test lets it answer in its place, or not at all. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { writeFileSync } from 'node:fs';
import { request, type Dispatcher } from 'undici';
import type { ApiServer } from '../../../activities/targets/kubernetes/client/access.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';

/** @returns true when it has answered, or ended the connection */
export type Fault = (question: IncomingMessage, answer: ServerResponse) => boolean;

/** @param access - of the real API server */
export async function relayTo(access: ApiServer) {
  let fault: Fault = () => false;
  async function pass(question: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { server, headers, dispatcher } = await access.authorize();
    const body = await text(question);
    const type = question.headers['content-type'];
    const passed = await request(`${server}${question.url ?? '/'}`, {
      method: question.method as Dispatcher.HttpMethod,
      headers: { ...headers, ...(type !== undefined && { 'content-type': type }) },
      ...(body !== '' && { body }),
      ...(dispatcher && { dispatcher }),
    });
    answer.writeHead(passed.statusCode, { 'content-type': String(passed.headers['content-type']) });
    passed.body.pipe(answer);
  }
  const server = createServer((question, answer) => {
    if (!fault(question, answer)) void pass(question, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.close().closeAllConnections();
  });
  const kubeconfig = join(tempDir(), 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  const relay = {
    clusters: [{ name: 'relay', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
  };
  const users = [{ name: 'worker', user: { token: 'canary-token-of-the-worker' } }];
  const contexts = [{ name: 'relay', context: { cluster: 'relay', user: 'worker' } }];
  const file = { apiVersion: 'v1', kind: 'Config', ...relay, users, contexts, 'current-context': 'relay' };
  writeFileSync(kubeconfig, JSON.stringify(file));
  return {
    kubeconfig,
    /** From now on. */
    set: (next: Fault) => void (fault = next),
    clear: () => void (fault = () => false),
  };
}
