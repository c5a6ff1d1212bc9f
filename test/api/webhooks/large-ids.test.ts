/** GitHub's ids are int64. Each event with ids that a number cannot hold, over HTTP, from the inbox as it is kept. */
import { beforeAll, expect, test } from '@jest/globals';
import { listDeliveries } from '../../../store/queries/inbox.ts';
import { APP_ID, NO_TEMPORAL, startApi, type Api } from '../harness.ts';

const COMMIT = 'a'.repeat(40);
/** Neighbours, which a number would make one and the same. */
const [REPOSITORY, INSTALLATION, OTHER] = ['3804004623172239366', '3804004623172239367', '9223372036854775807'];
const BASE = `"repository":{"id":${REPOSITORY},"full_name":"acme/shop"},"installation":{"id":${INSTALLATION}},"sender":{"login":"ann"}`;
const APP = `"app":{"id":${APP_ID}}`;

let api: Api;

beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
});

test.each<[string, string, object]>([
  ['push', `"ref":"refs/heads/main"`, { kind: 'push' }],
  [
    'workflow_run',
    `"action":"completed","workflow_run":{"id":${OTHER},"updated_at":"2026-01-01T00:00:00Z","path":"ci.yml","event":"push","head_branch":"main","head_sha":"${COMMIT}","conclusion":"success","head_repository":{"id":${REPOSITORY}}}`,
    { kind: 'ci', headRepositoryId: REPOSITORY, run: { id: OTHER } },
  ],
  [
    'check_run',
    `"action":"rerequested","check_run":{"id":${OTHER},"head_sha":"${COMMIT}","external_id":"shop.web.1",${APP}}`,
    { kind: 'check', checkRunId: OTHER },
  ],
  [
    'check_suite',
    `"action":"rerequested","check_suite":{"id":${OTHER},"head_sha":"${COMMIT}",${APP}}`,
    { kind: 'check-suite', checkSuiteId: OTHER },
  ],
  [
    'issue_comment',
    `"action":"created","issue":{"id":${OTHER},"number":12},"comment":{"id":${OTHER},"body":"/status","created_at":"2026-01-01T00:00:00Z","user":{"id":${OTHER},"login":"ann"}}`,
    { kind: 'command', commentId: OTHER, orderId: `comment-${REPOSITORY}-12-${OTHER}` },
  ],
  ['merge_group', `"action":"checks_requested","merge_group":{"head_sha":"${COMMIT}","base_ref":"main"}`, {}],
  [
    'pull_request',
    `"action":"opened","number":12,"pull_request":{"id":${OTHER},"head":{"sha":"${COMMIT}"},"base":{"ref":"main"}}`,
    {},
  ],
])('%s keeps ids of 64 bits as they are [B1]', async (event, body, more) => {
  const id = `large-${event.replaceAll('_', '-')}`;
  const response = await api.deliver({ id, event, body: `{${body},${BASE}}` });
  expect([response.status, await response.text()]).toEqual([202, expect.stringContaining('accepted')]);
  const kept = (await listDeliveries(api.store.db, { limit: 100 })).find(({ deliveryId }) => deliveryId === id);
  const { conversation, ...trigger } = { conversation: {}, ...kept?.trigger };
  expect({ ...trigger, ...conversation }).toMatchObject({
    ...more,
    repositoryId: REPOSITORY,
    installationId: INSTALLATION,
  });
});

test('an id of more than 64 bits is refused, saying where [B1]', async () => {
  const body = `{"ref":"refs/heads/main","repository":{"id":9223372036854775808,"full_name":"acme/shop"}}`;
  const response = await api.deliver({ body });
  expect([response.status, await response.text()]).toEqual([422, expect.stringContaining('repository.id')]);
});
