/**
 * Two pushes, and their builds that take as long as they like: in whatever order it happens, the same ends up live.
 * Admission, store and workflows are real; hosts, builds and GitHub's pages are simulated.
 */
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { beforeAll, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import type { BuildInput } from '../../../contracts/deployment/build.ts';
import {
  deliveryWorkflowId,
  deploymentId,
  environmentWorkflowId,
  releaseWorkflowId,
} from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { Database } from '../../../store/open.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { findLive } from '../../../store/queries/live-deployment.ts';
import { releases } from '../../../store/schema.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import { environmentState } from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { FIRST, SECOND, permutations, pushTo, sourceAt } from '../../activities/admission/shuffled.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { eventually } from '../../support/eventually.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

/** In a production environment Landfall itself marks superseded deployments at GitHub. */
const FILE = `
version: 1
services: { web: {} }
environments: { production: { production: true, target: { podman: { hosts: [host-a], publish: { web: 20080 } } } } }
`;
const HAPPENS = ['push of the first', 'push of the second', 'the first is built', 'the second is built'] as const;
type Happens = (typeof HAPPENS)[number];
const AT_ONCE = 6;

let db: Database;
let world: World;
const heads = new Map<GitHubId, string>();
/** Builds to end, by project and commit. */
const built = new Map<string, PromiseWithResolvers<undefined>>();

beforeAll(async () => {
  ({ db } = await openTestStore());
  const catalogue = createCatalogue(db);
  const gitHub = sourceAt(FILE, (repositoryId) => heads.get(repositoryId) ?? FIRST);
  world = await startWorld({
    hosts: ['host-a'],
    builders: ['builder'],
    control: {
      ...createDeliveryActivities({ catalogue, source: { gitHub, git: createGitReader() } }),
      ...createTellActivities(createRecordActivities({ db })),
      ...createRecallActivities({ db }),
    },
  });
  const isBuilt = ({ commit, key }: BuildInput) => gateOf(key.project, commit).promise.then(() => undefined);
  world.faults.add({
    activity: 'buildImage',
    act: ({ input }) => isBuilt((input as { readonly build: BuildInput }).build),
  });
});

function gateOf(project: string, commit: string): PromiseWithResolvers<undefined> {
  const gate = built.get(`${project} ${commit}`) ?? Promise.withResolvers();
  built.set(`${project} ${commit}`, gate);
  return gate;
}

/** @returns the live version in the end, by every source */
async function live(order: readonly Happens[], repositoryId: GitHubId) {
  const project = `r${repositoryId}`;
  for (const happens of order) {
    if (happens === 'push of the second') heads.set(repositoryId, SECOND);
    if (happens.startsWith('push')) await push(happens, repositoryId);
    else gateOf(project, happens === 'the first is built' ? FIRST : SECOND).resolve(undefined);
  }
  const rows = await db.select().from(releases).where(eq(releases.project, project));
  for (const { input, commit, sequence } of rows)
    await world.client.workflow.getHandle(releaseWorkflowId(input.key, commit, sequence)).result();
  return seenOf({ project, service: 'web', environment: 'production' }, rows);
}

async function push(event: Happens, repositoryId: GitHubId): Promise<void> {
  const requestKey = `${repositoryId}/${event}`;
  await world.client.workflow.execute<typeof delivery>('delivery', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: deliveryWorkflowId(requestKey) },
    args: [pushTo('main', repositoryId, requestKey)],
  });
}

async function seenOf(
  key: { readonly project: string; readonly service: string; readonly environment: string },
  rows: readonly { readonly commit: string; readonly sequence: number }[],
) {
  const {
    live: now,
    running,
    waiting,
  } = await eventually('it to come to rest', async () => {
    const state = await world.client.workflow
      .getHandle<typeof environment>(environmentWorkflowId(key))
      .query(environmentState);
    return state.running === null && state;
  });
  // Reports run beside the deployments.
  const shown = () =>
    rows.filter(({ sequence }) => world.gitHub.states(deploymentId(key, sequence)).at(-1) === 'success');
  await eventually('the store and GitHub to be told', async () => {
    const told = (await findLive(db, key))?.live.deploymentId;
    return told === now?.deploymentId && shown().length === 1;
  });
  return {
    commit: now?.commit,
    digest: now?.digest,
    serving: world.hosts.get('host-a')?.serving(key),
    shown: shown().map(({ commit }) => commit),
    busy: [...(running ? [running] : []), ...waiting.map(({ deploymentId: id }) => id)],
  };
}

test('in every order the second commit is live in the end: the environment, its host, the store and GitHub agree [B1][B4][E9]', async () => {
  const orders = permutations(HAPPENS).map((order, index) => ({ order, repositoryId: String(index + 1) }));
  const ends: { readonly order: string; readonly seen: Awaited<ReturnType<typeof live>> }[] = [];
  const queue = [...orders];
  const work = async () => {
    for (let one = queue.shift(); one; one = queue.shift())
      ends.push({ order: one.order.join(', '), seen: await live(one.order, one.repositoryId) });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  const [commit, digest] = [SECOND, digestOf(SECOND)];
  const seen = { commit, digest, serving: digest, shown: [commit], busy: [] };
  expect(ends).toHaveLength(24);
  expect(ends).toEqual(ends.map(({ order }) => ({ order, seen })));
}, 300_000);
