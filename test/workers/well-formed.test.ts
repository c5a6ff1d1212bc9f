/** Activities that fail with strangers' text, cut anywhere, on a real worker: Temporal's protobuf takes whole characters only. */
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from '@jest/globals';
import { wellFormed } from '../../workers/well-formed.ts';
import { setScene, startDeployment } from '../support/simulation/scene.ts';
import { startWorld } from '../workflows/world.ts';

const HALF = '\ud83d';

test('half a character in an error of any library ends the activity, and not its worker [F1][F4]', async () => {
  const world = await startWorld({ hosts: ['host-a', 'host-b'] });
  const bad = setScene(world, 'half');
  const cause = new Error(`quoted "${HALF}`);
  const forget = world.faults.add({
    ...{ place: 'host-a', activity: 'prepare' },
    act: () => {
      throw ApplicationFailure.create({ message: `said ${HALF}`, type: 'Strange', nonRetryable: true, cause });
    },
  });

  const failed = await (await startDeployment(world.client, bad.next)).result();
  forget();
  const good = await (await startDeployment(world.client, setScene(world, 'whole').next)).result();

  expect(failed).toMatchObject({ outcome: 'failed', failure: { message: expect.stringContaining('said \ufffd') } });
  expect(good.outcome).toBe('live');
});

test('what is whole stays the same object, and a circle of causes ends', () => {
  const error = new Error('whole 🐦');
  error.cause = error;
  expect(wellFormed(error)).toBe(error);
  expect(error.message).toBe('whole 🐦');
  expect(wellFormed(HALF)).toBe('\ufffd');
  expect(wellFormed(undefined)).toBeUndefined();
});
