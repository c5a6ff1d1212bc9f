/** The README's demo, as a person starts it. */
import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempDir } from '../support/tmp.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** About a minute on a quiet machine. */
const LIMIT_MS = 600_000;

test(
  'the demo deploys, rolls back, refuses a broken build, survives a kill and promotes one image through three environments, then leaves nothing behind [A3][A6][A7][B4][B8][C4][E1][F1][F5]',
  async () => {
    const TMPDIR = tempDir();
    const [play, suite] = readmeCommands();
    // The other one is what runs this test.
    expect([play, suite]).toEqual(['npm run demo -- --once', 'npm test']);
    const { PATH, HOME } = process.env;
    // npm, too, keeps what it has compiled in the folder for temporary files.
    const env = { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE: tempDir() };
    const ran = await promisify(execFile)('sh', ['-c', String(play)], { cwd: ROOT, env, timeout: LIMIT_MS });

    const [, acts = ''] = ran.stdout.split(/^(?=ACT )/m);
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
    expect(ran.stderr).toMatch(/kill -9 \d+ \(Landfall\)[^]*Landfall runs again[^]*production live/);
    expect(ran.stderr).toMatch(
      /CI succeeded[^]*dev live[^]*staging live[^]*production awaiting approval[^]*landfall approve [^]*production live/,
    );
    expect(`${ran.stdout}${ran.stderr}`).not.toContain('\u001b');
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

const id: unknown = expect.stringMatching(/^[0-9a-f]{7}$/);
const seconds: unknown = expect.stringMatching(/^(?:\d+(?:\.\d)? s|\d+ min(?: \d+ s)?)$/);
const ending = (last: string): unknown => expect.stringMatching(new RegExp(`^(\\w+ → )*in_progress → ${last}$`));
