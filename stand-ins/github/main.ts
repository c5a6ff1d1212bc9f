/**
 * The stand-in as a process of its own, for the demo and the measurements:
 *
 *   node stand-ins/github/main.ts --dir FOLDER [--port PORT] [--app-id ID]
 *
 * `GITHUB_WEBHOOK_URL` and `GITHUB_WEBHOOK_SECRET` say where events go; `POST /_control/webhook` changes it.
 * Prints one line of JSON once it answers: `{ url, control, appId, privateKeyFile, pid }`. Ends on SIGTERM.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { control } from './control.ts';
import { type GitHub, startGitHub } from './start.ts';

const { values } = parseArgs({
  options: { dir: { type: 'string' }, port: { type: 'string' }, 'app-id': { type: 'string' } },
});
if (values.dir === undefined) throw new Error('give a folder for the repositories: --dir FOLDER');
const dir = resolve(values.dir);
const { GITHUB_WEBHOOK_URL: url, GITHUB_WEBHOOK_SECRET: secret } = process.env;

const github: GitHub = await startGitHub({
  dir: join(dir, 'repositories'),
  ...(values.port !== undefined && { port: Number(values.port) }),
  ...(values['app-id'] !== undefined && { appId: Number(values['app-id']) }),
  ...(url !== undefined && secret !== undefined && { webhook: { url, secret } }),
  extra: (...request) => control(() => github, ...request),
});
mkdirSync(dir, { recursive: true });
const privateKeyFile = join(dir, 'app.pem');
writeFileSync(privateKeyFile, github.privateKey, { mode: 0o600 });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void github.stop().then(() => process.exit(0)));
}
console.log(
  JSON.stringify({
    url: github.url,
    control: `${github.url}/_control`,
    appId: github.appId,
    privateKeyFile,
    pid: process.pid,
  }),
);
