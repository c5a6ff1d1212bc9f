/** The README's demo, as a person starts it in a checkout. All of its acts, from the package: package.test.ts. */
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../../infra/dev/process.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/tmp.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 600_000;

test(
  'the README’s command sets the demo’s stage; Ctrl-C in the middle of an act takes everything down [F1][F5]',
  async () => {
    // The other one is what runs this test.
    expect(readmeCommands()).toEqual(['npm run demo -- --once', 'npm test']);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { demo: string } };
    const [node, ...args] = scripts.demo.split(' ');
    expect(node).toBe('node');
    const TMPDIR = tempDir();
    const demo = await startProcess({
      command: process.execPath,
      args: [...args, '--once'],
      env: { TMPDIR },
      cwd: ROOT,
      logFile: join(tempDir(), 'demo.log'),
    });
    onCleanup(() => demo.kill());

    await eventually('a build', () => readFileSync(demo.logFile, 'utf8').includes('build building'), LIMIT_MS);
    process.kill(demo.pid, 'SIGINT');

    expect(await demo.exited).toBe(130);
    expect(readdirSync(TMPDIR)).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(TMPDIR);
  },
  LIMIT_MS,
);

/** The README's first block of commands, line by line. */
function readmeCommands(): readonly string[] {
  const [, block = ''] = /```sh\n([^]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  return block.trim().split('\n');
}
