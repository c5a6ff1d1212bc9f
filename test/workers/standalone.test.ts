/** `workers/standalone.ts` as a process: what it does not start without. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { freePort } from '../../infra/dev/process.ts';
import { tempDir } from '../support/tmp.ts';

const STANDALONE = fileURLToPath(new URL('../../workers/standalone.ts', import.meta.url));

/** Shared by all runs: Node's compiled code. */
const COMPILED = fileURLToPath(new URL('../../.cache/compiled', import.meta.url));

/** Everything that it needs, but for the webhook's secret. */
async function settings() {
  const dir = tempDir();
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const port = await freePort();
  const dataDir = join(dir, 'data');
  return {
    dataDir,
    port,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: COMPILED,
      DATABASE_URL: 'postgres://u:p@127.0.0.1:9/landfall',
      LANDFALL_DATA_DIR: dataDir,
      LANDFALL_LISTEN: `127.0.0.1:${String(port)}`,
      LANDFALL_REGISTRY: '127.0.0.1:5000',
      LANDFALL_TOKENS_FILE: file('tokens', 'ada:0123456789abcdef0123456789abcdef\n'),
      // No server is there, so a start without a secret fails later, with another message.
      TEMPORAL_ADDRESS: `127.0.0.1:${String(await freePort())}`,
      GITHUB_APP_ID: '4242',
      GITHUB_APP_PRIVATE_KEY_FILE: file('app.pem', String(privateKey.export({ type: 'pkcs1', format: 'pem' }))),
    },
  };
}

const run = (env: NodeJS.ProcessEnv) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [STANDALONE], { env, timeout: 50_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
    });
  });

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const MISSING = 'set the secret of the webhook: without one, anyone could send deliveries';
const EMPTY = 'one of the secrets is empty: separate them by single commas, with none at either end';

test.each([
  ['no webhook secret', {}, MISSING],
  ['an empty one', { GITHUB_WEBHOOK_SECRET: '' }, MISSING],
  ['one of blanks', { GITHUB_WEBHOOK_SECRET: '  ' }, EMPTY],
  ['an empty one after another', { GITHUB_WEBHOOK_SECRET: 'x,' }, EMPTY],
])(
  'with %s it ends with 1 and says what to set; it has not listened, and has made no folder [B1]',
  async (_name, set, words) => {
    const { env, dataDir, port } = await settings();

    const { code, stdout, stderr } = await run({ ...env, ...set });

    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `Landfall cannot start; these settings are missing or wrong:\n  GITHUB_WEBHOOK_SECRET: ${words}\n`,
    });
    expect(existsSync(dataDir)).toBe(false);
    expect(await isListening(port)).toBe(false);
  },
);
