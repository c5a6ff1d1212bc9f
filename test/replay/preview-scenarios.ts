/** Previews of pull requests, as histories. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import { FailureType } from '../../contracts/core/failures.ts';
import {
  PREVIEW_SLOTS_ID,
  deliveryWorkflowId,
  environmentWorkflowId,
  previewWorkflowId,
} from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import type { PullChange, PreviewWish } from '../../contracts/deployment/preview.ts';
import { destroyEnvironment } from '../../workflows/messages/environment.messages.ts';
import {
  previewRequest,
  previewStart,
  previewState,
  pullRequestChanged,
} from '../../workflows/messages/preview.messages.ts';
import { eventually } from '../support/eventually.ts';
import { fails, hangs } from '../support/simulation/faults.ts';
import type { ReplayWorld, Scenario } from './journey.ts';

const commit = (letter: string): string => letter.repeat(40);
const pullOf = (number: number) => ({ repositoryId: '7', number, repository: 'acme/shop', installationId: '11' });
let orders = 0;

const withRules = (world: ReplayWorld, ttlMs = 3_600_000, labels: readonly string[] = []): void => {
  world.previews.rules = {
    ...{ known: true, project: 'shop', installationLimit: 50 },
    rules: {
      ...{ services: ['shown'], ttlMs, extendMaxMs: 7_200_000, automatic: { labels, authors: [] }, forks: 'ask' },
      limits: { repository: 5, person: 1 },
    },
  };
};

function ask(world: ReplayWorld, number: number, wish: PreviewWish, name = `person-${number}`) {
  const pull = pullOf(number);
  const by = { kind: 'github', name } as const;
  return world.client.workflow.executeUpdateWithStart(previewRequest, {
    startWorkflowOperation: new WithStartWorkflowOperation('preview', {
      ...{ ...previewStart(pull), taskQueue: CONTROL_QUEUE, workflowIdConflictPolicy: 'USE_EXISTING' },
    }),
    args: [{ orderId: `replayed-${(orders += 1)}`, by, pull, wish }],
  });
}

const create = (world: ReplayWorld, number: number, letter = 'a', name?: string) => {
  world.previews.pulls.set(number, { commit: commit(letter) });
  return ask(world, number, { kind: 'create', commit: commit(letter), fork: false }, name);
};
const handleOf = (world: ReplayWorld, number: number) =>
  world.client.workflow.getHandle(previewWorkflowId(pullOf(number)));
const reaches = (world: ReplayWorld, number: number, phase: string) =>
  eventually(
    `#${number} to be ${phase}`,
    async () => (await handleOf(world, number).query(previewState)).phase === phase,
  );
const change = (
  number: number,
  action: PullChange['action'],
  letter: string,
  labels: readonly string[] = [],
): PullChange => ({
  ...{ action, pull: pullOf(number), commit: commit(letter), fork: false, author: 'ann', labels },
});

/** Holds its build until it is cancelled. */
function holdBuild(world: ReplayWorld, letter: string) {
  const arrived = Promise.withResolvers<undefined>();
  const letGo = world.faults.add({
    activity: 'buildImage',
    only: ({ input }) => JSON.stringify(input).includes(commit(letter)),
    act: async () => {
      arrived.resolve(undefined);
      await hangs();
    },
  });
  return { arrived: arrived.promise, letGo };
}

export const PREVIEW_SCENARIOS: readonly Scenario[] = [
  async function isPushedExtendedAndStopped(world) {
    withRules(world);
    await create(world, 31);
    await reaches(world, 31, 'ready');
    world.previews.pulls.set(31, { commit: commit('b') });
    await handleOf(world, 31).signal(pullRequestChanged, change(31, 'synchronize', 'b'));
    await reaches(world, 31, 'creating');
    await reaches(world, 31, 'ready');
    await ask(world, 31, { kind: 'extend', forMs: 60_000 });
    await ask(world, 31, { kind: 'stop' });
    await handleOf(world, 31).result();
    return { 'preview-stopped': previewWorkflowId(pullOf(31)) };
  },

  async function endsByItsTime(world) {
    withRules(world, 1_000);
    await create(world, 32, 'c');
    await handleOf(world, 32).result();
    return { 'preview-expired': previewWorkflowId(pullOf(32)) };
  },

  async function isClosedWhileItIsBuilt(world) {
    withRules(world);
    const held = holdBuild(world, 'd');
    await create(world, 33, 'd');
    await held.arrived;
    world.previews.pulls.set(33, { commit: commit('d'), state: 'closed' });
    const closing = deliveryWorkflowId('00000000-0000-4000-8000-000000000033');
    const actor = { kind: 'github', name: 'ann' } as const;
    await world.client.workflow.execute('pullRequestClosed', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: closing },
      args: [
        {
          ...{ kind: 'pull-request-closed', orderId: 'comment-7-33-x', repositoryId: '7', repository: 'acme/shop' },
          ...{ number: 33, actor, change: change(33, 'closed', 'd') },
        },
      ],
    });
    await handleOf(world, 33).result();
    held.letGo();
    return { 'preview-closed': previewWorkflowId(pullOf(33)), 'pull-request-closed-preview': closing };
  },

  async function failsAndIsCancelled(world) {
    withRules(world);
    const mended = world.faults.add({
      activity: 'buildImage',
      only: ({ input }) => JSON.stringify(input).includes(commit('e')),
      act: fails(FailureType.BuildFailed, 'npm ERR!'),
    });
    await create(world, 34, 'e');
    await reaches(world, 34, 'failed');
    mended();
    await handleOf(world, 34).cancel();
    await handleOf(world, 34).result();
    return { 'preview-failed-cancelled': previewWorkflowId(pullOf(34)) };
  },

  async function waitsInLine(world) {
    withRules(world);
    await create(world, 35, 'a', 'bea');
    await reaches(world, 35, 'ready');
    await create(world, 36, 'b', 'bea');
    await reaches(world, 36, 'waiting');
    await ask(world, 35, { kind: 'stop' });
    await reaches(world, 36, 'ready');
    await ask(world, 36, { kind: 'stop' });
    await handleOf(world, 36).result();
    return { 'preview-waited': previewWorkflowId(pullOf(36)), 'preview-slots': PREVIEW_SLOTS_ID };
  },

  async function isRefused(world) {
    world.previews.rules = { known: false, why: 'landfall.yaml on main has no "previews".' };
    await create(world, 37);
    await handleOf(world, 37).result();
    return { 'preview-refused': previewWorkflowId(pullOf(37)) };
  },

  async function beginsByALabelAndIsDestroyedByName(world) {
    withRules(world, 3_600_000, ['preview']);
    world.previews.pulls.set(38, { commit: commit('a') });
    const actor = { kind: 'github', name: 'ann' } as const;
    const [labeled, pushed] = [
      deliveryWorkflowId('00000000-0000-4000-8000-000000000038'),
      deliveryWorkflowId('00000000-0000-4000-8000-000000000039'),
    ];
    await world.client.workflow.execute('pullRequestLabeled', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: labeled },
      args: [{ kind: 'pull-request-labeled', actor, change: change(38, 'labeled', 'a', ['preview']) }],
    });
    await reaches(world, 38, 'ready');
    const about = {
      repositoryId: '7',
      repository: 'acme/shop',
      installationId: '11',
      branch: 'main',
      commit: commit('a'),
    };
    await world.client.workflow.execute('checkCommit', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: pushed },
      args: [{ kind: 'commit-check', requestKey: pushed, ...about, actor, change: change(38, 'synchronize', 'a') }],
    });
    const environment = environmentWorkflowId({ project: 'shop', service: 'shown', environment: 'pr-38' });
    await world.client.workflow.getHandle(environment).executeUpdate(destroyEnvironment, {
      args: [{ by: actor, through: 1_000, follower: previewWorkflowId(pullOf(38)) }],
    });
    await handleOf(world, 38).result();
    return {
      ...{ 'preview-automatic': previewWorkflowId(pullOf(38)), 'environment-of-preview': environment },
      ...{ 'pull-request-labeled': labeled, 'commit-check-preview': pushed },
    };
  },
];
