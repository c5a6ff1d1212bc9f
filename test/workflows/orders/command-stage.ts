/**
 * Commands from GitHub's webhook to GitHub's comment: the stand-in, the real API, inbox, store, admission and workflows;
 * only hosts and builds are simulated.
 */
import { expect } from '@jest/globals';
import { pino } from 'pino';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createPreviewRulesActivities } from '../../../activities/admission/preview-rules.ts';
import { createConversationActivities } from '../../../activities/github/conversation.activities.ts';
import { createGitHubSource } from '../../../activities/github/source.ts';
import { createPeopleActivities } from '../../../activities/people/people.activities.ts';
import type { OrderPort } from '../../../activities/people/people.port.ts';
import { createDestroyActivities } from '../../../activities/records/destroy.activities.ts';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import { createInbox } from '../../../api/inbox/inbox.ts';
import { createOrderPort } from '../../../api/operations/order-port.ts';
import { startServer } from '../../../api/server.ts';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { orderPrefix } from '../../../contracts/github/comment.ts';
import { commandWorkflowId } from '../../../contracts/core/ids.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { listReleases } from '../../../store/queries/release-views.ts';
import type { command } from '../../../workflows/orders/command.workflow.ts';
import { PUBLIC_URL, startScene } from '../../activities/github/scene.ts';
import { APP_ID, NO_TEMPORAL, WEBHOOK_SECRET, startApi } from '../../api/harness.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import type { Issue, IssueComment } from '../../../stand-ins/github/state.ts';
import { startWorld } from '../world.ts';
import { fromOne } from '../../support/clock.ts';

/** Pushes lie this far back, so that no comment falls into the same second. */
const EARLIER_MS = -10_000;

const podman = (port: number) => `target: { podman: { hosts: [host-a], publish: { web: ${port} } } }`;
/** `lea` approves what goes to production. */
export const LANDFALL_YAML = `
version: 1
project: shop
services:
  web: { run: { port: 8080 } }
environments:
  staging: { autoDeploy: false, ${podman(20_080)} }
  production: { autoDeploy: false, production: true, approval: { from: { users: [lea] } }, ${podman(30_080)} }
`;

export async function startCommandStage() {
  const scene = await startScene();
  const { github, repository, work, client, app } = scene;
  const store = await openTestStore();
  const late: { orders?: OrderPort } = {};
  // The order port speaks to the server of the world that it is a part of.
  const orders = new Proxy({} as OrderPort, { get: (_, name) => Reflect.get(late.orders ?? {}, name) as unknown });
  const world = await startWorld({
    hosts: ['host-a'],
    builders: ['builder'],
    control: {
      ...scene.activities,
      ...createDeliveryActivities({
        catalogue: createCatalogue(store.db, fromOne),
        source: { gitHub: createGitHubSource(client), git: createGitReader() },
      }),
      ...createPreviewRulesActivities({
        ...{ catalogue: createCatalogue(store.db, fromOne), maxPreviews: 10 },
        source: { gitHub: createGitHubSource(client), git: createGitReader() },
      }),
      ...createTellActivities(createRecordActivities({ db: store.db })),
      ...createRecallActivities({ db: store.db }),
      ...createDestroyActivities({ db: store.db }),
      ...createConversationActivities({ client, app, publicUrl: PUBLIC_URL }),
      ...createPeopleActivities(orders),
    },
  });
  const temporal = createTemporalGateway(world.client);
  const inbox = createInbox({ appId: APP_ID, store, temporal, logger: pino({ level: 'silent' }) });
  onCleanup(() => inbox.stop());
  const gone = new Set<string>();
  const hasImage = async (image: string) => !gone.has(image.slice(image.indexOf('@') + 1));
  const api = await startApi({ address: NO_TEMPORAL, store, temporal, wakeInbox: () => inbox.wake(), hasImage });
  late.orders = createOrderPort(api.deps);
  inbox.start();
  const server = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
  onCleanup(() => server.close());
  github.setWebhook({ url: `${server.url}/api/webhooks/github`, secret: WEBHOOK_SECRET });

  const releases = () => listReleases(store.db, { limit: 100 });
  const commandOf = (on: Issue, comment: IssueComment) =>
    commandWorkflowId(`${orderPrefix({ repositoryId: repository.id, number: on.number })}${comment.id}`);

  const stage = {
    ...{ github, repository, work, world, api, store, releases, commandOf },
    /** Digests that the registry no longer has. */
    gone,
    /** Commits, and pushes to a branch some seconds ago. @returns the commit's id */
    async push(files: Readonly<Record<string, string | null>>, branch = 'main'): Promise<string> {
      const commit = await work.commit(files);
      github.setClock(EARLIER_MS);
      await work.push({ ref: branch, force: true });
      await github.webhooksSent();
      github.setClock(0);
      return commit;
    },
    openPull: (branch: string, more: { readonly fork?: boolean } = {}) =>
      github.openPull(repository.id, { author: 'ann', title: branch, branch, ...more }),
    openIssue: () => github.openIssue(repository.id, { author: 'ann', title: 'Deploy', body: '', labels: [] }),
    comment: (on: Issue, author: string, body: string) => github.comment(repository.id, on.number, { author, body }),
    /** The end of a command, and what GitHub shows of it then. */
    async end(on: Issue, comment: IssueComment) {
      const handle = world.client.workflow.getHandle<typeof command>(commandOf(on, comment));
      await eventually('the command to begin', async () => (await handle.describe()).runId);
      const result = await handle.result();
      return { ...result, reactions: comment.reactions.map(({ content }) => content), replies: repliesTo(on, comment) };
    },
    /** Our replies so far. */
    repliesTo: (on: Issue, comment: IssueComment) => repliesTo(on, comment),
    async say(on: Issue, author: string, body: string) {
      const comment = stage.comment(on, author, body);
      return stage.end(on, comment);
    },
  };

  function repliesTo(on: Issue, comment: IssueComment): readonly string[] {
    const marker = `-${comment.id} -->`;
    return on.comments
      .filter(({ author, body }) => author === 'landfall[bot]' && body.includes(marker))
      .map(({ body }) => body);
  }

  await stage.push({ 'landfall.yaml': LANDFALL_YAML });
  // Environments that deploy on request only are remembered by this push.
  await eventually(
    'the service to be known',
    async () => (await api.ask('/api/services')).ok && (await services()) > 0,
  );
  github.setRole(repository.id, 'ann', 'write');
  github.setRole(repository.id, 'rob', 'read');
  github.setRole(repository.id, 'lea', 'read');
  return stage;

  async function services(): Promise<number> {
    const listed = (await (await api.ask('/api/services')).json()) as readonly unknown[];
    return listed.length;
  }
}

/** Exactly one, in the end. */
export function only(replies: readonly string[]): string {
  expect(replies).toHaveLength(1);
  return replies[0] ?? '';
}
