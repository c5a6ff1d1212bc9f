import { expect, test } from '@jest/globals';
import { clusterQueue, hostQueue } from '../../../contracts/core/queues.ts';
import type { Captured, CapturedRun } from '../../../contracts/deployment/target.ts';
import { whatWasLive } from '../../../workflows/deployment/captured-live.ts';
import { deploymentRequest, targetRequest } from '../../support/simulation/fixtures.ts';
import { liveVersionOf } from '../../../workflows/lib/version.ts';

const key = { project: 'shop', service: 'web', environment: 'production' };
const asked = (sequence: number) => deploymentRequest({ key, sequence, hosts: ['eu'] });

/** The environment has moved to a place of another kind that is called as its host was. */
function moved(sequence: number) {
  const usual = asked(sequence);
  const places = [{ name: 'eu', queue: clusterQueue('eu') }];
  const target = { ...usual.environment.target, places, kindSettings: { kind: 'other' } };
  return { ...usual, environment: { ...usual.environment, target } };
}

function run(request: ReturnType<typeof asked>, generation: number): CapturedRun {
  return { ...targetRequest(request, generation), digest: request.digest };
}
const live = liveVersionOf(asked(1), 1);
const broken = { place: 'eu', queue: hostQueue('eu'), why: 'away', before: { place: 'eu', running: run(asked(1), 1) } };
const captured = (running: CapturedRun | null) => new Map<string, Captured>([['eu', { place: 'eu', running }]]);

test('what is remembered of a host is brought back there, and at no cluster of the same name [D2][D6]', () => {
  const back = (request: ReturnType<typeof asked>, running: CapturedRun | null) =>
    whatWasLive(captured(running), { request, live, disrepair: [broken] }).get('eu');

  expect(back(asked(2), null)?.captured).toEqual(broken.before);
  // Nothing ran at the cluster, so nothing is left there.
  expect(back(moved(2), null)).toEqual({ captured: { place: 'eu', running: null } });
});

test('what failed at the new place is never replaced by what only another kind of place could run [D2][D6]', () => {
  const failed = run(moved(2), 2);
  const found = whatWasLive(captured(failed), { request: moved(3), live, disrepair: [broken] }).get('eu');
  expect(found?.captured.running?.kindSettings).toEqual({ kind: 'other' });
  expect(found?.doubt).toContain('is live');
});
