/** The package that people install, from an empty folder to a service that it has deployed. The other acts: demo.test.ts. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { startProcess } from '../../infra/dev/process.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/tmp.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAME = 'landfall-0.1.0-dev';
/** Packing, installing and the demo take over a minute on a quiet machine. */
const LIMIT_MS = 900_000;

const run = (
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
) => promisify(execFile)(command, args, { cwd, env, timeout: LIMIT_MS, maxBuffer: 2 ** 26 });

const { PATH, HOME = '' } = process.env;

async function pack(): Promise<string> {
  const out = tempDir();
  await run('npm', ['run', '--silent', 'package', '--', '--out', out], ROOT, { PATH, HOME });
  expect(readdirSync(out).sort()).toEqual([`${NAME}.sbom.json`, `${NAME}.tgz`]);
  return out;
}

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

test(
  'installed from its tarball, it sets the machine up and deploys the demo’s service; Ctrl-C in the middle of an act takes everything down; packed twice, it has the same bytes [F1][H1][F5]',
  async () => {
    const out = await pack();
    const tarball = join(out, `${NAME}.tgz`);
    const folder = tempDir();
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', tarball], folder, {
      ...{ PATH, HOME },
    });
    const landfall = join(folder, 'node_modules', '.bin', 'landfall');
    const TMPDIR = tempDir();
    // Its tools are installed for it alone: what the checkout has is not looked at.
    const env = { PATH: withoutCheckout(PATH), HOME, TMPDIR, LANDFALL_TOOLS_DIR: join(folder, 'tools') };

    expect((await run(landfall, ['--version'], folder, env)).stdout).toBe('0.1.0-dev\n');
    await run(landfall, ['setup', '--yes'], folder, env);
    expect((await run(landfall, ['setup', '--dry-run', '--json'], folder, env)).stdout).toBe(
      '{"installed":[],"wouldInstall":[]}\n',
    );

    const logFile = join(folder, 'demo.log');
    const demo = await startProcess({ command: landfall, args: ['demo'], env, cwd: folder, logFile });
    onCleanup(() => demo.kill());
    const inTheSecondAct = () => {
      const [, first = '', second = ''] = readFileSync(logFile, 'utf8').split(/^.*Act \d:.*$/m);
      return first.includes('production live') && second.includes('build building');
    };
    await eventually('the second act', inTheSecondAct, LIMIT_MS);
    process.kill(demo.pid, 'SIGINT');
    const again = await pack();
    expect(await demo.exited).toBe(130);
    expect(readdirSync(TMPDIR)).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(TMPDIR);
    // Nothing is bundled or compiled where it runs.
    expect(existsSync(join(folder, 'node_modules', 'landfall', 'workflows.bundle.js'))).toBe(true);
    expect(sha256(join(again, `${NAME}.tgz`))).toBe(sha256(tarball));
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
