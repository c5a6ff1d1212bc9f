/** People's clicks on GitHub's pages are sent in events that GitHub's own description allows. */
import { checkName } from '../../../contracts/github/shown-names.ts';
import { parseLossless } from '../../../contracts/core/lossless-json.ts';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createGitHubClient } from '../../../activities/github/client.ts';
import { createTokenBroker } from '../../../activities/github/token-broker.ts';
import { createShownChecks } from '../../../activities/github/check-runs.ts';
import { readEvent } from '../../../contracts/inbox/read-event.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';
import { startGitHub } from '../../../stand-ins/github/start.ts';
import { createWorkCopy } from '../../../stand-ins/github/work-copy.ts';

const hook = createServer((req, res) => req.resume().on('end', () => res.writeHead(202).end()));
await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
onCleanup(() => void hook.close());
const url = `http://127.0.0.1:${String((hook.address() as AddressInfo).port)}/`;
const dir = tempDir();
const github = await startGitHub({ dir: join(dir, 'github'), webhook: { url, secret: randomUUID() } });
onCleanup(() => github.stop());
const repository = await github.addRepository({ owner: 'acme', name: 'web' });
const work = await createWorkCopy(join(dir, 'work'), repository.pushUrl);
const commit = await work.commit({ 'a.txt': 'a' }, 'First');
await work.push();
await github.webhooksSent();

const origin = {
  kind: 'github',
  ...{ repositoryId: repository.id, repository: 'acme/web' },
  ...{ installationId: repository.installationId, cloneUrl: repository.cloneUrl },
} as const;
const broker = createTokenBroker({
  apiUrl: github.url,
  appId: github.appId,
  privateKey: new Secret(github.privateKey),
});
const checks = createShownChecks(createGitHubClient({ apiUrl: github.url, broker }), 'https://landfall.example');
const signal = new AbortController().signal;
const checkRunId = await checks.show(
  {
    ...{
      origin,
      commit,
      externalId: 'deployment/shop.web.production.1',
      name: checkName('Landfall: web / production'),
    },
    ...{ logPath: '/', mayExist: false, title: 'It waits', rows: [], conclusion: 'action_required' },
    buttons: ['approve'],
  },
  { mayBeDone: false, signal },
);

test.each<[string, () => void, object]>([
  ['a button', () => github.click({ checkRunId, button: 'approve', by: 'ann' }), { kind: 'check', wanted: 'approve' }],
  ['a re-run', () => github.click({ checkRunId, by: 'ann' }), { kind: 'check', wanted: 'again' }],
  [
    'a re-run of all checks',
    () => github.rerunAllChecks({ commit, by: 'ann' }),
    { kind: 'check-suite', checkSuiteId: checkRunId, commit, actor: { kind: 'github', name: 'ann' } },
  ],
  [
    'a job',
    () => github.askForJob({ repositoryId: repository.id, environment: 'production', commit, by: 'ann' }),
    { kind: 'protection', environment: 'production' },
  ],
  [
    'a CI workflow',
    () =>
      github.completeWorkflowRun({
        repositoryId: repository.id,
        path: 'ci.yml',
        branch: 'main',
        commit,
        conclusion: 'success',
      }),
    { kind: 'ci', conclusion: 'success' },
  ],
])('%s is told as GitHub tells it, and read as what it is [B1]', async (_what, act, handover) => {
  act();
  await github.webhooksSent();
  const last = github.deliveries().at(-1);
  expect(github.drift()).toEqual([]);
  const payload: unknown = parseLossless(last?.request.body ?? '');
  const app = { id: github.appId, apiUrl: github.url };
  expect(readEvent(last?.event ?? '', 'guid', payload, app)).toMatchObject({ handover });
});

test('a button that the check run does not show cannot be pressed [A7]', () => {
  expect(() => github.click({ checkRunId, button: 'roll-back', by: 'ann' })).toThrow(/shows no button roll-back/);
});
