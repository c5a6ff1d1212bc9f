/**
 * The environment's queue against its specification: whatever people do, in whatever order, and whatever time ends, the
 * real workflow is where the specification says it is, and so are its host and the store.
 */
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { RestoreRequest } from '../../../contracts/deployment/target.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fails } from '../../support/simulation/faults.ts';
import { asSpecified, renewingBundle } from './environment-as-specified.ts';
import { ENDS } from './environment-specification.ts';
import type { Failing } from './environment-specification.ts';
import { WORTH_TELLING, WORTH_TIMING, story, timedStory } from './environment-stories.ts';
import type { Story } from './environment-stories.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

/**
 * The number of stories, played side by side: they mostly wait. Few, because machine/stories.test.ts plays thousands of
 * the same stories on the code that decides; this test shows that its effects are carried out.
 */
const RUNS = 6;
/** Further stories with freezes and locks that end meanwhile: they take seconds, in which little is done. */
const TIMED_RUNS = 2;

interface Trouble {
  readonly activity: string;
  readonly at?: 'after';
  readonly of: Failing;
  readonly type: FailureType;
}
const TROUBLES: readonly Trouble[] = [
  { activity: 'prepare', of: 'prepare', type: FailureType.ImageNotFound },
  { activity: 'switchTo', of: 'switchTo', type: FailureType.PortTaken },
  // It takes effect all the same, and cannot be taken back in its own name.
  { activity: 'switchTo', at: 'after', of: 'restore', type: FailureType.PortTaken },
  { activity: 'restore', of: 'restore', type: FailureType.ImageNotFound },
];

let world: World;
let isOver = false;
const gates = new Map<string, PromiseWithResolvers<Failing | 'live'>>();
beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] }, renewingBundle());
  // A deployment that begins only after the others were released must not wait in its turn.
  onCleanup(() => {
    isOver = true;
    letGoOn('');
  });
  // Each deployment waits at its first step until the test decides its end.
  for (const { activity, of, type, ...at } of TROUBLES) {
    const act = async (input: unknown) => {
      const { deploymentId } =
        'request' in (input as object) ? (input as RestoreRequest).request : (input as DeploymentRequest);
      if (!isOver && (await gateOf(deploymentId).promise) === of) fails(type, `${activity} fails`)();
    };
    world.faults.add({ activity, ...at, act: ({ input }) => act(input) });
  }
});

function gateOf(deploymentId: string): PromiseWithResolvers<Failing | 'live'> {
  const gate = gates.get(deploymentId) ?? Promise.withResolvers();
  gates.set(deploymentId, gate);
  return gate;
}

function endsWith(deploymentId: string, how: Failing | 'live' | 'cancelled'): void {
  gateOf(deploymentId).resolve(how === 'cancelled' ? 'live' : how);
}

/** Releases all that wait: they would keep the worker from stopping. */
function letGoOn(prefix: string): void {
  for (const [id, gate] of gates) if (id.startsWith(prefix)) gate.resolve('live');
}

let cases = 0;

/** @returns the ends of this story's requests, and the number of those that began because of time alone */
async function play({ mode, commands }: Story) {
  cases += 1;
  const stage = { world, origin: Date.now(), end: endsWith };
  const { key, tell, ends, byTime } = asSpecified(stage, `model-${String(cases)}`, mode);
  for (const step of commands) if (!(await tell(step))) break;
  letGoOn(environmentId(key));
  return { ends: ends(), byTime: byTime() };
}

test('whatever is asked, finished, failed, cancelled, locked, paused, frozen, rolled back, not taken back and renewed: who runs, who waits, what is live and what serves is as specified [D6][E9][F2]', async () => {
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.tuple(story, story, story, story), async (stories) => {
      const all = await Promise.all(stories.map(play));
      for (const end of all.flatMap((one) => one.ends)) ends.add(end);
    }),
    { numRuns: RUNS, endOnFailure: true, examples: [[[...WORTH_TELLING]]] },
  );
  // All of it was seen, not only what is frequent.
  expect([...ends].toSorted()).toEqual(ENDS.toSorted());
}, 300_000);

test('what a freeze or a lock keeps waiting runs when its time is over, in its turn and not before, whatever else is done meanwhile [E9][F2]', async () => {
  let byTime = 0;
  await fc.assert(
    fc.asyncProperty(fc.tuple(timedStory, timedStory, timedStory, timedStory), async (stories) => {
      for (const one of await Promise.all(stories.map(play))) byTime += one.byTime;
    }),
    { numRuns: TIMED_RUNS, endOnFailure: true, examples: [[[...WORTH_TIMING]]] },
  );
  expect(byTime).toBeGreaterThan(0);
}, 300_000);
