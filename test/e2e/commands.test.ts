/** Commands in comments on GitHub, with a real Landfall: webhook, build, host, and the answer on GitHub. */
import { beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { freePort } from '../../infra/dev/process.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { writeFixtureApp } from '../support/fixtures/app.ts';
import type { Issue, IssueComment } from '../../stand-ins/github/state.ts';
import { createWorkCopy, type WorkCopy } from '../../stand-ins/github/work-copy.ts';
import { shopYaml } from '../support/stage/shop.ts';
import { setStage, type Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

/** So far back pushes lie, so that no comment falls into the same second. */
const EARLIER_MS = -5_000;

let stage: Stage;
let work: WorkCopy;
let stagingPort: number;
let pull: Issue;
let head: string;

const landfallYaml = (): string => {
  const podman = (port: number) =>
    `podman: { hosts: [local], strategy: blue-green, publish: { web: ${String(port)} } }`;
  return shopYaml(`  staging:
    autoDeploy: false
    target:
      ${podman(stagingPort)}
  production:
    autoDeploy: false
    production: true
    approval: { from: { users: [lea] } }
    target:
      ${podman(stage.shop.publishPort)}
`);
};

beforeAll(async () => {
  const dir = tempDir();
  stage = await setStage({ databaseUrl: await testDatabase(), dir: join(dir, 's') });
  onCleanup(() => stage.stop());
  stagingPort = await freePort();
  await stage.shop.push({ version: '1', landfallYaml: landfallYaml() });
  await stage.api.eventually('the service to be known', 120_000, async () => {
    const response = await stage.api.send('GET', '/api/environments/shop/web/staging');
    return response.ok ? true : undefined;
  });
  work = await createWorkCopy(join(dir, 'w'), stage.shop.repository.pushUrl);
  await work.git('pull', '--quiet', 'origin', 'main');
  head = await pushFeature('2');
  pull = stage.gitHub.openPull(stage.shop.repository.id, { author: 'ann', title: 'Two', branch: 'feature' });
  stage.gitHub.setRole(stage.shop.repository.id, 'ann', 'write');
  stage.gitHub.setRole(stage.shop.repository.id, 'rob', 'read');
  stage.gitHub.setRole(stage.shop.repository.id, 'lea', 'read');
}, 300_000);

async function pushFeature(version: string, atMs = EARLIER_MS): Promise<string> {
  writeFixtureApp(work.dir, { version });
  const commit = await work.commit({}, `Version ${version}`);
  stage.gitHub.setClock(atMs);
  await work.push({ ref: 'feature', force: true });
  await stage.gitHub.webhooksSent();
  stage.gitHub.setClock(0);
  return commit;
}

const say = (author: string, body: string) =>
  stage.gitHub.comment(stage.shop.repository.id, pull.number, { author, body });

const repliesTo = ({ id }: IssueComment) =>
  pull.comments.filter(({ author, body }) => author === 'landfall[bot]' && body.includes(`-${id} -->`));

/** Once the last reaction is there, which comes after the last words. */
async function answered(comment: IssueComment, reaction: string): Promise<string> {
  await stage.api.eventually(`${reaction} on "${comment.body}"`, 120_000, async () =>
    comment.reactions.some(({ content }) => content === reaction) ? true : undefined,
  );
  const replies = repliesTo(comment);
  expect(replies).toHaveLength(1);
  return replies[0]?.body ?? '';
}

const visitStaging = async () => (await (await fetch(`http://127.0.0.1:${String(stagingPort)}/`)).text()).trim();

test('/deploy takes the pull request to its environment, acknowledged within two seconds [A7][B1][F2]', async () => {
  const comment = say('ann', '/deploy staging');
  const text = await answered(comment, 'rocket');
  expect(text).toContain(head.slice(0, 7));
  expect(text).toContain('is live');
  expect(text).toContain(`](${stage.landfall.url}/releases/shop.web.`);
  expect(await visitStaging()).toBe('ok 2');
  const [eyes] = comment.reactions;
  expect(eyes?.content).toBe('eyes');
  expect((eyes?.createdAt ?? Infinity) - comment.createdAt).toBeLessThan(2_000);
}, 300_000);

test('who may not is told what is missing; a head that moved is refused; nothing is deployed [A7][B1]', async () => {
  const calls = stage.gitHub.deployments().length;
  expect(await answered(say('rob', '/deploy staging'), '-1')).toContain('takes the permission **write**');

  stage.gitHub.dropWebhooks(1);
  const comment = say('ann', '/deploy staging');
  const told = stage.gitHub.deliveries().at(-1);
  await pushFeature('3', 5_000);
  stage.gitHub.dropWebhooks(0);
  await stage.gitHub.redeliver(told?.id ?? '');
  expect(await answered(comment, '-1')).toContain('was pushed after you wrote that');
  expect(await visitStaging()).toBe('ok 2');
  expect(stage.gitHub.deployments()).toHaveLength(calls);
}, 300_000);

test('/approve lets production go on; the comment told again approves nothing again [A7][F1]', async () => {
  head = await pushFeature('4');
  const deploy = say('ann', '/deploy production');
  await stage.api.eventually('the gate to be told', 120_000, async () =>
    repliesTo(deploy)[0]?.body.includes('waits for approval') ? true : undefined,
  );
  expect(await stage.shop.visit()).not.toContain('200');
  await stage.api.eventually('the store to know', 120_000, async () =>
    (await stage.api.releaseOf(head)).deployments.find(({ state }) => state === 'awaiting_approval'),
  );
  expect(await answered(say('ann', '/approve'), '-1')).toContain('another person has to approve it');

  const approve = say('lea', '/approve seen on staging');
  await stage.gitHub.webhooksSent();
  const told = stage.gitHub
    .deliveries()
    .filter(({ event }) => event === 'issue_comment')
    .at(-1);
  await stage.gitHub.redeliver(told?.id ?? '');
  expect(await answered(approve, 'rocket')).toContain('✅ Approved');
  expect(await answered(deploy, 'rocket')).toContain('is live');
  expect(await stage.shop.visit()).toBe('200 ok 4');
  const [deployment] = (await stage.api.ended(head)).deployments;
  expect(deployment).toMatchObject({ state: 'live', environment: 'production' });
}, 300_000);

test('GitHub was never told anything that its own description does not allow [A2][A3][A4]', () => {
  expect(stage.gitHub.drift()).toEqual([]);
});
