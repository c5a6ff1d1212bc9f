/**
 * Temporal loses data, or a person ends a workflow by force: the schedule looks at work that the store calls under way.
 * Admission, store, Temporal and workflows are real.
 */
import { eq } from 'drizzle-orm';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import type { Engine, UnderWayLedger } from '../../../activities/repair/reconcile.port.ts';
import { createReconcileActivities } from '../../../activities/repair/reconcile.activities.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import { createEngineStatus } from '../../../api/temporal/engine-status.ts';
import type { BuildInput } from '../../../contracts/deployment/build.ts';
import { deliveryWorkflowId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { createUnderWayLedger } from '../../../store/queries/reconcile.ts';
import { releases } from '../../../store/schema.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import type { repairDeliveries } from '../../../workflows/maintenance/repair-deliveries.workflow.ts';
import { FIRST, pushTo, sourceAt } from '../../activities/admission/shuffled.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startWorld } from '../world.ts';

const FILE = `
version: 1
services: { web: {} }
environments: { production: { target: { podman: { hosts: [host-a], publish: { web: 20080 } } } } }
`;

/** Faults in the schedule's view of the world. */
interface View {
  /** Work that has just begun is left alone for so long. */
  graceMs: number;
  /** Faults in its view of the store and of Temporal. */
  trouble: { readonly ledger?: Partial<UnderWayLedger>; readonly engine?: Partial<Engine> };
}

/** A world whose repositories are pushed to, and whose schedule runs when a test says so. Gone after the file's last test. */
export async function startLostWork() {
  const { db } = await openTestStore();
  const view: View = { graceMs: 0, trouble: {} };
  const heads = new Map<GitHubId, string>();
  /** Held where it is built, or at the first step of its deployment, as long as its project is in one of these. */
  const building = new Map<string, PromiseWithResolvers<undefined>>();
  const deploying = new Map<string, PromiseWithResolvers<undefined>>();
  /** Runs the schedule's activity now. */
  const reconcile = () => {
    const underWay = { ...createUnderWayLedger(db), ...view.trouble.ledger };
    const engine = { ...createEngineStatus(world.client), ...view.trouble.engine };
    return createReconcileActivities({ underWay, engine, graceMs: view.graceMs });
  };
  const gitHub = sourceAt(FILE, (repositoryId) => heads.get(repositoryId) ?? FIRST);
  const world = await startWorld({
    hosts: ['host-a'],
    builders: ['builder'],
    control: {
      ...createDeliveryActivities({ catalogue: createCatalogue(db), source: { gitHub, git: createGitReader() } }),
      ...createTellActivities(createRecordActivities({ db })),
      ...createRecallActivities({ db }),
      endLost: () => reconcile().endLost(),
    },
  });
  onCleanup(() => [...building.values(), ...deploying.values()].forEach(({ resolve }) => resolve(undefined)));
  const held = (gates: ReadonlyMap<string, PromiseWithResolvers<undefined>>, project: string) =>
    gates.get(project)?.promise.then(() => undefined);
  world.faults.add({
    activity: 'buildImage',
    act: ({ input }) => held(building, (input as { readonly build: BuildInput }).build.key.project),
  });
  world.faults.add({
    activity: 'prepare',
    act: ({ input }) => held(deploying, (input as { readonly key: { readonly project: string } }).key.project),
  });

  let runs = 0;
  let repositories = 100;
  return {
    ...{ db, world, view, heads, building, deploying },
    /** A run of the schedule. @returns what it ended */
    async repair() {
      const { lost } = await world.client.workflow.execute<typeof repairDeliveries>('repairDeliveries', {
        ...{ taskQueue: CONTROL_QUEUE, workflowId: `repair-${String((runs += 1))}`, args: [] },
      });
      return lost;
    },
    /** A repository that nothing was pushed to yet, in a project of its own. */
    repository() {
      const repositoryId = String((repositories += 1));
      const project = `r${repositoryId}`;
      const rows = () => db.select().from(releases).where(eq(releases.project, project)).orderBy(releases.sequence);
      return {
        ...{ project, repositoryId, rows },
        key: { project, service: 'web', environment: 'production' },
        async push(requestKey = deliveryWorkflowId(`${project}/push`)) {
          await world.client.workflow.execute<typeof delivery>('delivery', {
            ...{ taskQueue: CONTROL_QUEUE, workflowId: requestKey },
            args: [pushTo('main', repositoryId, requestKey)],
          });
          const [row] = (await rows()).slice(-1);
          return row as NonNullable<typeof row>;
        },
      };
    },
    workflowOf: ({ key, commit, sequence }: ReleaseInput) =>
      world.client.workflow.getHandle(releaseWorkflowId(key, commit, sequence)),
  };
}
