/** Previews on the real workflows and a real Temporal server; hosts, builds, GitHub and the store are simulated. */
import { createTemporalGateway, type TemporalGateway } from '../../../api/temporal/gateway.ts';
import type { PeopleActivities } from '../../../activities/people/people.port.ts';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentWorkflowId, previewWorkflowId, releaseWorkflowId } from '../../../contracts/core/ids.ts';
import type { PullChange, PullRef, PreviewWish } from '../../../contracts/deployment/preview.ts';
import type { preview } from '../../../workflows/previews/preview.workflow.ts';
import { pullRequestChanged } from '../../../workflows/messages/preview.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { workflowBundle } from '../../support/temporal.ts';
import { startWorld } from '../world.ts';

export const MINUTE = 60_000;
export const ANN = { kind: 'github', name: 'ann' } as const;
export const commit = (letter: string): string => letter.repeat(40);

/** The real operations behind the activities that a preview calls, as far as they reach Temporal. */
type Ordered = Pick<PeopleActivities, 'cancel' | 'removePreview' | 'releaseResult'>;

/** @param bundle - the workflows, with other times */
export async function startPreviewStage(bundle: Promise<{ readonly codePath: string }> = workflowBundle()) {
  const late: { temporal?: TemporalGateway } = {};
  const gateway = () => {
    if (!late.temporal) throw new Error('the world has not begun');
    return late.temporal;
  };
  const people: Ordered = {
    async cancel({ what, by, reason, orderId }) {
      const id = 'releaseId' in what ? what.releaseId : '';
      const { state } = await gateway().cancelRelease(workflowOf(id), { by, reason }, { updateId: orderId });
      return state;
    },
    async removePreview({ key, by, orderId, follower }) {
      if ((await gateway().environmentState(key)) === null && !isKnown(key)) return 'gone';
      const through = Math.max(0, ...[...world.records.releases.values()].map(({ sequence }) => sequence));
      await gateway().destroy(key, { by, through, follower }, { updateId: orderId });
      return 'removing';
    },
    async releaseResult(id) {
      const result = await gateway().released(workflowOf(id), { limitMs: 5_000, signal: new AbortController().signal });
      if (!result) throw failure(FailureType.TemporalUnavailable, 'no result yet');
      return result;
    },
  };
  const world = await startWorld({ hosts: ['host-a'], builders: ['builder'], control: people }, bundle);
  late.temporal = createTemporalGateway(world.client);
  let orders = 0;

  function workflowOf(id: string): string {
    const release = world.records.releases.get(id);
    if (!release) throw failure(FailureType.NotFound, `There is no release ${id}.`);
    return releaseWorkflowId(release.key, release.commit, release.sequence);
  }

  /** The store has a row from the admission on, until it is destroyed. */
  function isKnown(key: { readonly project: string; readonly service: string; readonly environment: string }): boolean {
    const end = world.records.ends.get(`${key.project}.${key.service}.${key.environment}`);
    return [...world.records.releases.values()].some(
      (one) =>
        one.key.service === key.service &&
        one.environments.some(({ name }) => name === key.environment) &&
        one.sequence > (end?.through ?? 0),
    );
  }

  const host = world.hosts.get('host-a');
  if (!host) throw new Error('there is no host');
  const keyOf = ({ number }: PullRef, service: string) => ({ project: 'shop', service, environment: `pr-${number}` });

  return {
    world,
    host,
    keyOf,
    get temporal() {
      return gateway();
    },
    /** The rules of every repository. */
    rules(
      services: readonly string[],
      more: { readonly ttlMs?: number; readonly person?: number; readonly labels?: readonly string[] } = {},
    ) {
      const { ttlMs = 30 * MINUTE, person = 50, labels = [] } = more;
      world.previews.rules = {
        ...{ known: true, project: 'shop', installationLimit: 50 },
        rules: {
          ...{ services, ttlMs, extendMaxMs: 24 * 60 * MINUTE, forks: 'ask', automatic: { labels, authors: [] } },
          limits: { repository: 50, person },
        },
      };
    },
    pull: (number: number): PullRef => ({ repositoryId: '7', number, repository: 'acme/shop', installationId: '11' }),
    ask: (pull: PullRef, wish: PreviewWish, orderId = `order-${pull.number}-${(orders += 1)}`) =>
      gateway().requestPreview({ orderId, by: ANN, pull, wish }),
    create: (pull: PullRef, letter = 'a') => {
      world.previews.pulls.set(pull.number, { commit: commit(letter) });
      return gateway().requestPreview({
        ...{ orderId: `order-${pull.number}-${(orders += 1)}`, by: ANN, pull },
        wish: { kind: 'create', commit: commit(letter), fork: false },
      });
    },
    change: (pull: PullRef, action: PullChange['action'], labels: readonly string[] = []): PullChange => {
      const at = world.previews.pulls.get(pull.number)?.commit ?? commit('a');
      return { action, pull, commit: at, fork: false, author: 'ann', labels };
    },
    tell: (change: PullChange) =>
      world.client.workflow.getHandle(previewWorkflowId(change.pull)).signal(pullRequestChanged, change),
    handle: (pull: PullRef) => world.client.workflow.getHandle<typeof preview>(previewWorkflowId(pull)),
    comment: (pull: PullRef) => world.previews.comments.get(pull.number)?.at(-1) ?? '',
    phase: async (pull: PullRef) => (await gateway().previewState(pull))?.phase,
    reaches(pull: PullRef, phase: string) {
      return eventually(`the preview of #${pull.number} to be ${phase}`, async () => {
        const state = await gateway().previewState(pull);
        return state?.phase === phase && state;
      });
    },
    /** Nothing of it is anywhere. */
    left(pull: PullRef, services: readonly string[]) {
      return services.flatMap((service) => {
        const key = keyOf(pull, service);
        return [...host.replicas(key), ...(host.serving(key) === null ? [] : [`${service} serves`])];
      });
    },
    environmentRuns: async (pull: PullRef, service: string) =>
      (await world.client.workflow.getHandle(environmentWorkflowId(keyOf(pull, service))).describe()).status.name,
  };
}
