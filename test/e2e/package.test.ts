/** The package that people install, from an empty folder to the demo's last act. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { tempDir } from '../support/tmp.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAME = 'landfall-0.1.0-dev';
/** Packing, installing and the demo take some two minutes on a quiet machine. */
const LIMIT_MS = 1_200_000;

const run = (
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
) => promisify(execFile)(command, args, { cwd, env, timeout: LIMIT_MS, maxBuffer: 2 ** 26 });

/** A network may have a certificate authority of its own, which Node is told of by the last one. */
const { PATH, HOME = '', NODE_EXTRA_CA_CERTS } = process.env;

async function pack(): Promise<string> {
  const out = tempDir();
  await run('npm', ['run', '--silent', 'package', '--', '--out', out], ROOT, { PATH, HOME });
  expect(readdirSync(out).sort()).toEqual([`${NAME}.sbom.json`, `${NAME}.tgz`]);
  return out;
}

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

test(
  'installed from its tarball, it sets the machine up; its demo deploys, rolls back, refuses a broken build, survives a kill and promotes one image through three environments, then leaves nothing behind; packed twice, it has the same bytes [A3][A6][A7][B4][B8][C4][E1][F1][F5][H1]',
  async () => {
    const out = await pack();
    const tarball = join(out, `${NAME}.tgz`);
    const folder = tempDir();
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', tarball], folder, {
      ...{ PATH, HOME, NODE_EXTRA_CA_CERTS },
    });
    const landfall = join(folder, 'node_modules', '.bin', 'landfall');
    const TMPDIR = tempDir();
    // Its tools are installed for it alone: what the checkout has is not looked at.
    const env = { PATH: withoutCheckout(PATH), HOME, TMPDIR, LANDFALL_TOOLS_DIR: join(folder, 'tools') };

    expect((await run(landfall, ['--version'], folder, env)).stdout).toBe('0.1.0-dev\n');
    const [again] = await Promise.all([pack(), run(landfall, ['setup', '--yes'], folder, env)]);
    expect(sha256(join(again, `${NAME}.tgz`))).toBe(sha256(tarball));
    expect((await run(landfall, ['setup', '--dry-run', '--json'], folder, env)).stdout).toBe(
      '{"installed":[],"wouldInstall":[]}\n',
    );

    const { stdout, stderr } = await run(landfall, ['demo', '--once'], folder, env);

    const [, acts = ''] = stdout.split(/^(?=ACT )/m);
    const rows = acts
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ['ACT', 'COMMIT', 'OUTCOME', 'REPORTED TO GITHUB', 'VISITORS SEE', 'TOOK'],
      ['1 a push', id, 'live', ending('success'), 'Hello from the first version', seconds],
      ['2 unhealthy', id, 'rolled back', ending('failure'), 'Hello from the first version', seconds],
      ['3 does not build', id, 'failed', 'check: failure', 'Hello from the first version', seconds],
      ['4 killed midway', id, 'live', ending('success'), 'Hello again, after a crash', seconds],
      ['5 promoted', id, 'live', ending('success'), 'Hello from dev, staging and production', seconds],
    ]);
    expect(stderr).toMatch(/kill -9 \d+ \(Landfall\)[^]*Landfall runs again[^]*production live/);
    expect(stderr).toMatch(
      /CI succeeded[^]*dev live[^]*staging live[^]*production awaiting approval[^]*landfall approve [^]*production live/,
    );
    expect(`${stdout}${stderr}`).not.toContain('\u001b');
    expect(readdirSync(TMPDIR)).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(TMPDIR);

    // Nothing is bundled or compiled where it runs.
    expect(existsSync(join(folder, 'node_modules', 'landfall', 'workflows.bundle.js'))).toBe(true);
    const { components } = JSON.parse(readFileSync(join(out, `${NAME}.sbom.json`), 'utf8')) as {
      components: { name: string }[];
    };
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['hono', 'execa', 'pg']));
    expect(components.map(({ name }) => name)).not.toContain('jest');
  },
  LIMIT_MS,
);

/** Programs of the checkout's own toolchain stay out, but for Node and npm. */
const withoutCheckout = (path = '') =>
  path
    .split(':')
    .filter((one) => !one.startsWith(ROOT) || one.endsWith('.toolchain/bin'))
    .join(':');

const id: unknown = expect.stringMatching(/^[0-9a-f]{7}$/);
const seconds: unknown = expect.stringMatching(/^(?:\d+(?:\.\d)? s|\d+ min(?: \d+ s)?)$/);
const ending = (last: string): unknown => expect.stringMatching(new RegExp(`^(\\w+ → )*in_progress → ${last}$`));
