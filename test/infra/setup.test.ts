import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { waitForLock } from '../../infra/lock.mjs';
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
    expect('ABCDEFGHI'.split('').map(count)).toEqual([10, 19, 5, 7, 13, 6, 10, 7, 7]);
  });
});

describe('the setup command', () => {
  test('says how it is used when the command is unknown', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(SETUP, 'run.mjs'), 'launch'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toBe(
      'Usage: node infra/setup/run.mjs demo|test|check|bench|bare|package|image|format|rows [arguments …]\n',
    );
  });

  test.each(['18.20.8', '16.20.2'])(
    'on Node %s, which cannot read it, it names the one that is needed [H1][F5]',
    (version) => {
      const old = join(tempDir(), 'old.mjs');
      writeFileSync(
        old,
        `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`,
      );

      const { status, stderr } = spawnSync(process.execPath, [`--import=${old}`, join(SETUP, 'run.mjs'), 'demo'], {
        encoding: 'utf8',
      });

      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: `Setting up needs Node 20 or newer; this is ${version}. Install it: https://nodejs.org/en/download\n`,
      });
    },
  );

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

  /** A copy of the setup in a folder of its own, so that this checkout is not locked. */
  function copy() {
    const root = tempDir();
    cpSync(join(SETUP, '..'), join(root, 'infra'), { recursive: true });
    cpSync(join(SETUP, '../../package-lock.json'), join(root, 'package-lock.json'));
    const start = (work: string) => {
      const program = `import { alone } from ${JSON.stringify(join(root, 'infra', 'setup', 'alone.mjs'))};
        import { appendFileSync } from 'node:fs';
        const say = (word) => appendFileSync(${JSON.stringify(join(root, 'log'))}, word + '\\n');
        await alone(() => { ${work} });`;
      return spawn(process.execPath, ['--input-type=module', '-e', program]);
    };
    const alone = (work: string) =>
      new Promise((resolve) => start(work).once('exit', (code, signal) => resolve(code ?? signal)));
    return { root, start, alone };
  }

  test('two at once install one after the other, and one that is killed leaves no lock [F5]', async () => {
    const { root, alone } = copy();
    expect(await alone(`say('killed'); process.kill(process.pid, 'SIGKILL');`)).toBe('SIGKILL');

    const slowly = `say('in'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300); say('out');`;
    expect(await Promise.all([alone(slowly), alone(slowly)])).toEqual([0, 0]);
    expect(readFileSync(join(root, 'log'), 'utf8')).toBe('killed\nin\nout\nin\nout\n');
    expect(readdirSync(join(root, '.toolchain'))).toEqual([]);
  });

  test('one that has to wait for another says so [F5]', async () => {
    const { root, start } = copy();
    mkdirSync(join(root, '.toolchain'));
    const other = await waitForLock(join(root, '.toolchain', 'setup.lock'));

    const waiting = start('');
    const [said] = (await once(waiting.stderr, 'data')) as [Buffer];

    expect(String(said)).toBe('Another setup is under way here: this one waits for it …\n');
    other.release();
    expect(await once(waiting, 'exit')).toEqual([0, null]);
  });
});
