/** `landfall github try --interactive`: choosing from what GitHub has. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { landfall } from '../../support/run.ts';
import { ALL, GRANTED, on, startTrials } from '../../support/trials.ts';

const { github, web, first, head, env, attempt, expectNoSecret, deploymentsOf, calm } = await startTrials();
afterEach(calm);

describe('landfall github try --interactive', () => {
  test('lists repositories, commits and environments, and tries what was chosen by number [A5]', async () => {
    await attempt(on('acme/web', '--environment', 'staging'));
    const [deployment] = await deploymentsOf(async () => {
      const { code, stdout, stderr } = await landfall(['github', 'try', '--interactive'], {
        env,
        stdin: 'acme/web\n2\n2\n',
      });
      expect(code).toBe(0);
      expectNoSecret(`${stdout}${stderr}`);
      expect(stderr).toMatch(/Which repository\?\n(.*\n)* +\d+ +acme\/web +private, pushed \d{4}-\d\d-\d\d\n/);
      expect(stderr).toMatch(
        new RegExp(`Which commit of acme/web\\?\n +1 +${head} +\\d{4}-\\d\\d-\\d\\d Sell more\n +2 +${first} `),
      );
      expect(stderr).toMatch(/Which environment\?\n +1 +landfall-try +for trials alone\n/);
      expect(stdout.match(/^✓ /gm)).toHaveLength(ALL.length);
    });
    expect(deployment).toMatchObject({ sha: first, states: ['in_progress', 'success', 'inactive'] });
    expect(deployment?.environment).not.toBe('landfall-try');
  });

  test('takes the first of each for an empty answer, asks again for one that is none, and asks only what is not given [A5]', async () => {
    const { code, names, stderr, ...told } = await attempt([...on('acme/web'), '--interactive'], {
      stdin: '99\n--x\n\nmine\n',
    });
    expect(code).toBe(0);
    expect(stderr).not.toContain('Which repository?');
    expect(stderr.match(/That is neither a number from 1 to 2 nor a branch/g)).toHaveLength(2);
    expect(names).toEqual(ALL);
    expect(told).toMatchObject({ repository: 'acme/web', ref: head, environment: 'mine' });
  });

  test('lists what GitHub has when the App may read Actions [A5]', async () => {
    github.setPermissions(web.installationId, { ...GRANTED, actions: 'read' });
    const before = github.calls().length;
    const { code, stderr } = await attempt([...on('acme/web', '--ref', 'main'), '--interactive'], { stdin: '1\n' });
    expect(code).toBe(0);
    expect(stderr).toContain('on GitHub; what runs there stays as it is');
    expect(
      github
        .calls()
        .slice(before)
        .map(({ operation }) => operation),
    ).toContain('repos/get-all-environments');
  });

  test('says what is wrong with the App instead of asking [A5]', async () => {
    const { code, failed, stderr } = await attempt(['--interactive'], { env: { ...env, GITHUB_APP_ID: '7' } });
    expect(code).toBe(1);
    expect(failed).toMatchObject({ step: 'app', state: 'failed' });
    expect(stderr).not.toContain('Which');
    github.suspendInstallation(web.installationId, true);
    const suspended = await attempt(['--interactive']);
    expect(suspended.failed).toMatchObject({ step: 'repositories', detail: 'every installation is suspended' });
  });

  test('ends with an error when the input has ended, or nothing does for an answer [A5]', async () => {
    for (const [stdin, why] of [
      ['', 'the input has ended'],
      ['acme/web\n', 'the input has ended'],
      ['x\nx\nx\nx\nx\n', 'no answer was one of the choices'],
    ] as const) {
      const { code, stdout, stderr } = await landfall(['github', 'try', '--interactive'], { env, stdin });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(why);
      expect(stderr).toMatch(/do: +(Answer in a terminal, or use|Start again, or name)/);
    }
  });
});
