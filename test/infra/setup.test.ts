import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { rowsOf } from '../../infra/setup/rows.mjs';
import { tempDir } from '../support/tmp.ts';

const SETUP = fileURLToPath(new URL('../../infra/setup', import.meta.url));

describe('npm run rows', () => {
  const report = {
    testResults: [
      {
        name: join(SETUP, '../../test/a.test.ts'),
        assertionResults: [
          { fullName: 'one row [A1]', status: 'passed' },
          { fullName: 'two rows [A1][A10]', status: 'passed' },
          { fullName: 'two rows in one bracket [A1, B2]', status: 'passed' },
          { fullName: 'red [B3]', status: 'failed' },
          { fullName: 'no row [of its own] 127.0.0.1', status: 'passed' },
        ],
      },
    ],
  };

  test('lists the passing tests of each row, and rows that have none', () => {
    const rows = rowsOf(report, { A1: 'first', A10: 'tenth', B2: 'second', B3: 'third' });
    expect(rows.map(({ row, tests }) => [row, tests.length])).toEqual([
      ['A1', 3],
      ['A10', 1],
      ['B2', 1],
      ['B3', 0],
    ]);
    expect(rows[1]?.tests).toEqual(['test/a.test.ts: two rows [A1][A10]']);
  });

  test('knows every requirement', () => {
    const titles = JSON.parse(readFileSync(join(SETUP, 'requirements.json'), 'utf8')) as Record<string, string>;
    const count = (letter: string) => Object.keys(titles).filter((row) => row.startsWith(letter)).length;
    expect(['A', 'B', 'C', 'D', 'E', 'F'].map(count)).toEqual([10, 19, 5, 7, 13, 6]);
  });
});

describe('the setup command', () => {
  test('says how it is used when the command is unknown', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(SETUP, 'run.mjs'), 'launch'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toBe('Usage: node infra/setup/run.mjs demo|test|check|bench|rows [arguments …]\n');
  });

  const program = (script: string): string =>
    `import { runProgram } from ${JSON.stringify(join(SETUP, 'program.mjs'))};
     process.exitCode = await runProgram(process.execPath, ['-e', ${JSON.stringify(script)}], process.env);`;

  test.each([
    ['process.exit(0)', 0],
    ['process.exit(7)', 7],
    ['process.kill(process.pid, "SIGKILL")', 137],
  ])('%s ends it with exit code %i [F5]', (script, code) => {
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program(script)]);
    expect(status).toBe(code);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'passes %s on and waits for the program to tidy up [F5]',
    async (signal) => {
      const script = `process.on('${signal}', () => process.exit(5)); setInterval(() => {}, 1000); console.log('ready')`;
      const runner = spawn(process.execPath, ['--input-type=module', '-e', program(script)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => runner.stdout.once('data', resolve));
      runner.kill(signal);
      expect(await new Promise((resolve) => runner.once('exit', resolve))).toBe(5);
    },
  );

  test('two at once install one after the other, and a lock left by a killed one does not count [F5]', async () => {
    // A copy of the setup in a folder of its own, so that this checkout is not locked.
    const root = tempDir();
    const setup = join(root, 'infra', 'setup');
    mkdirSync(join(root, '.toolchain'), { recursive: true });
    mkdirSync(setup, { recursive: true });
    for (const file of ['lock.mjs', 'places.mjs']) writeFileSync(join(setup, file), readFileSync(join(SETUP, file)));
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(join(root, '.toolchain', 'setup.lock'), String(gone));
    const work = `import { alone } from ${JSON.stringify(join(setup, 'lock.mjs'))};
      import { appendFileSync } from 'node:fs';
      const say = (word) => appendFileSync(${JSON.stringify(join(root, 'log'))}, word + '\\n');
      alone(() => { say('in'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); say('out'); });`;
    const run = () =>
      new Promise((resolve) => spawn(process.execPath, ['--input-type=module', '-e', work]).once('exit', resolve));
    expect(await Promise.all([run(), run()])).toEqual([0, 0]);
    expect(readFileSync(join(root, 'log'), 'utf8')).toBe('in\nout\nin\nout\n');
  });
});
