/** `landfall github try`: what it began on GitHub is ended. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../../../support/eventually.ts';
import { serverError } from '../../../../stand-ins/github/faults.ts';
import { landfall } from '../../support/run.ts';
import { on, startTrials } from '../../support/trials.ts';

const { github, env, attempt, deploymentsOf, calm } = await startTrials();
afterEach(calm);

describe('a deployment that was begun is ended whatever happens', () => {
  test.each(['in_progress', 'success'] as const)('when "%s" cannot be reported [A5]', async (state) => {
    const created = 'repos/create-deployment-status';
    if (state === 'success') github.fault({ operation: created, delayMs: 0 });
    github.fault({ operation: created, answer: serverError() });
    const deployments = await deploymentsOf(async () => {
      const { code, failed, names, steps } = await attempt(on('acme/web'));
      expect(code).toBe(1);
      expect(failed?.step).toBe(state);
      expect(names.at(-1)).toBe('end');
      expect(steps.at(-1)?.state).toBe('done');
    });
    expect(deployments).toMatchObject([{ states: state === 'success' ? ['in_progress', 'error'] : ['error'] }]);
  });

  test('when only the answer to creating it was lost [A5]', async () => {
    github.fault({ operation: 'repos/create-deployment', when: 'after', hangUp: true });
    const deployments = await deploymentsOf(async () => {
      const { failed, names } = await attempt(on('acme/web'));
      expect(failed?.step).toBe('deployment');
      expect(names.at(-1)).toBe('end');
    });
    expect(deployments).toMatchObject([{ states: ['error'] }]);
  });

  test('also when GitHub is ill just then, and is said when it cannot be [A5]', async () => {
    const operation = 'repos/create-deployment-status';
    for (const last of ['recovers', 'stays ill']) {
      github.fault({ operation, delayMs: 0, times: 2 });
      github.fault({ operation, answer: serverError(), times: last === 'recovers' ? 1 : 3 });
      const [deployment] = await deploymentsOf(async () => {
        const { code, failed } = await attempt(on('acme/web'));
        expect({ last, code, step: failed?.step }).toEqual(
          last === 'recovers' ? { last, code: 0, step: undefined } : { last, code: 1, step: 'end' },
        );
        if (failed)
          expect(failed).toMatchObject({
            detail: expect.stringContaining('may still look live'),
            todo: expect.stringContaining('/acme/web/deployments'),
          });
      });
      expect(deployment?.states.at(-1)).toBe(last === 'recovers' ? 'inactive' : 'success');
      github.clearFaults();
    }
  });

  test('when it is interrupted in the middle: the exit code is 130 [A5]', async () => {
    github.fault({ operation: 'repos/create-deployment-status', delayMs: 1_000 });
    const stop = new AbortController();
    const [deployment] = await deploymentsOf(async () => {
      const before = github.deployments().length;
      const running = landfall(['github', 'try', ...on('acme/web')], { env, signal: stop.signal });
      await eventually('the deployment', () => github.deployments().length > before);
      stop.abort();
      const { code, stdout } = await running;
      expect(code).toBe(130);
      expect(stdout).toMatch(/^✗ report "(in_progress|success)" +it was interrupted$/m);
      expect(stdout).toMatch(/^✓ end the deployment +deployment \d+ is "error"$/m);
    });
    expect(deployment?.states.at(-1)).toBe('error');
  });
});
