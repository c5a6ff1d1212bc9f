/** Events that lead to no release, as histories. */
import { hostQueue } from '../../contracts/core/queues.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import { certificateWorkflowId, deliveryWorkflowId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { lookAgain } from '../../workflows/messages/certificate.messages.ts';
import { eventually } from '../support/eventually.ts';
import { fails } from '../support/simulation/faults.ts';
import { HOSTS } from './journey.ts';
import type { ReplayWorld, Scenario } from './journey.ts';

export const EVENT_SCENARIOS: readonly Scenario[] = [
  async function concernsNothing(world) {
    const trigger = push('00000000-0000-4000-8000-000000000002', 'gone');
    const workflowId = await run(world, 'delivery', trigger);
    await eventually('the decision', () => world.records.decisions.get(trigger.requestKey));
    return { 'delivery-skipped': workflowId };
  },

  async function isRefused(world) {
    const trigger = push('00000000-0000-4000-8000-000000000003', 'main');
    const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes(trigger.requestKey);
    world.faults.add({ activity: 'admit', only, act: fails(FailureType.InvalidRequest, 'no such environment') });
    const workflowId = await run(world, 'delivery', trigger).catch(() => deliveryWorkflowId(trigger.requestKey));
    return { 'delivery-refused': workflowId };
  },

  async function followsAnInstallation(world) {
    const requestKey = '00000000-0000-4000-8000-000000000004';
    const change = { kind: 'installation', requestKey, installationId: '11', account: 'acme', change: 'suspend' };
    return { 'installation-refreshed': await run(world, 'installation', { ...change, actor }) };
  },

  async function checksACommit(world) {
    const requestKey = '00000000-0000-4000-8000-000000000005';
    const repository = { repositoryId: '7', repository: 'acme/shop', installationId: '11', branch: 'main' };
    const asked = { kind: 'commit-check', requestKey, ...repository, commit: 'a'.repeat(40), actor };
    return { 'check-commit-reported': await run(world, 'checkCommit', asked) };
  },

  async function repairs(world) {
    const head = {
      repositoryId: '7',
      repository: 'acme/shop',
      installationId: '11',
      branch: 'gone',
      commit: 'b'.repeat(40),
    };
    world.events.moved.push(head);
    return { 'repair-moved-head': await run(world, 'repairDeliveries', { requestKey: 'repair' }) };
  },

  /** Its environment is gone: the crash loop is reported to none. */
  async function watches(world) {
    const key = { project: 'shop', service: 'gone', environment: 'production' };
    const id = 'shop.gone.production.1';
    const replicas = [{ key, deploymentId: id, generation: 1, baseline: 0, isKnown: false, isOut: false }];
    world.events.watched.places = HOSTS.map((place) => ({ place, queue: hostQueue(place), replicas }));
    const about = { key, deploymentId: id, commit: 'c'.repeat(40), digest: `sha256:${'d'.repeat(64)}`, issues: true };
    const origin = { kind: 'git', cloneUrl: 'https://git.example/shop.git' } as const;
    const failure = { type: 'CrashLoop', message: 'host-a: its container has ended' } as const;
    world.events.watched.news = [{ kind: 'crash-loop', about: { ...about, origin, failure } }];
    return { 'watch-live': await run(world, 'watchLive', { requestKey: 'watch' }) };
  },

  /** Its name leads elsewhere at first; a look by the schedule, and then a deployment, has it ordered. */
  async function getsACertificate(world) {
    const name = 'shop.example.com';
    world.certificates.served.set(
      name,
      HOSTS.map((host) => ({ name: host, queue: hostQueue(host) })),
    );
    const told = (state: string) => world.certificates.told.some((one) => one.name === name && one.state === state);
    const mend = world.faults.add({ activity: 'checkName', act: fails(FailureType.NameElsewhere, 'does not resolve') });
    const watch = await run(world, 'watchCertificates', { requestKey: 'watch-certificates' });
    await eventually('the first try', () => told('waiting'));
    mend();
    await world.client.workflow.getHandle(certificateWorkflowId(name)).signal(lookAgain);
    await eventually('the certificate', () => told('valid'));
    return { 'watch-certificates': watch, 'certificate-valid': certificateWorkflowId(name) };
  },

  async function forgets(world) {
    const retention = { requestKey: 'forget-old', auditMs: 34_560_000_000, deliveriesMs: null };
    return { 'forget-old': await run(world, 'forgetOld', retention) };
  },
];

const actor = { kind: 'github', name: 'octocat' } as const;

const push = (requestKey: string, branch: string) => ({
  ...{ kind: 'push', requestKey, repositoryId: '7', repository: 'acme/shop', installationId: '11', branch, actor },
});

/** @returns its workflow id */
async function run(
  { client }: ReplayWorld,
  type: string,
  input: Readonly<Record<'requestKey', string> & Record<string, unknown>>,
): Promise<string> {
  const workflowId = deliveryWorkflowId(input.requestKey);
  await client.workflow.execute(type, { taskQueue: CONTROL_QUEUE, workflowId, args: [input] });
  return workflowId;
}
