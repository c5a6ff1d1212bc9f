import { expect, test } from '@jest/globals';
import { createAppClient } from '../../../../activities/github/app-client.ts';
import { readPrivateKey } from '../../../../activities/github/private-key.ts';
import { listCommits, listEnvironments, listRepositories } from '../../../../activities/github/trial/choices.ts';
import type { Trial } from '../../../../activities/github/trial/app.ts';
import { listAppInstallations } from '../../../../activities/github/trial/installation.ts';
import { createSteps } from '../../../../activities/github/trial/steps.ts';
import type { TrialLine } from '../../../../contracts/github/app-preflight.ts';
import { asActivity, startScene } from '../scene.ts';

const { github, repository, work, commit, credentials, broker, client, activities, origin } = await startScene();
const { apiUrl, appId } = credentials;
const app = createAppClient({ apiUrl, appId, privateKey: readPrivateKey(credentials.privateKey) }, Date.now);
const gitHub = { apiUrl, appId, app, broker, client };

function createTrial(signal = new AbortController().signal): { trial: Trial; lines: TrialLine[] } {
  const lines: TrialLine[] = [];
  const steps = createSteps({ apiUrl, signal, report: (line) => void lines.push(line) });
  return { trial: { gitHub, steps, signal }, lines };
}

const values = (choices: readonly { readonly value: string }[]) => choices.map(({ value }) => value);

test('each step is told when it begins and when it has ended, and the first that fails is the last [A5]', async () => {
  const good = createTrial();
  await listRepositories(good.trial);
  expect(good.lines).toEqual([
    { step: 'app', state: 'running' },
    { step: 'app', state: 'done', detail: 'App 4242 "Landfall" of acme' },
    { step: 'repositories', state: 'running' },
    { step: 'repositories', state: 'done', detail: '1 at acme' },
  ]);
  const bad = createTrial();
  await expect(listCommits(bad.trial, 'acme/nope')).rejects.toThrow('acme/nope is none of them');
  expect(bad.lines.at(-1)).toMatchObject({ step: 'installation', state: 'failed' });
});

test('repositories of every installation are listed, the one pushed to last first, without those of a suspended one [A5]', async () => {
  const HOUR = 3_600_000;
  github.setClock(HOUR);
  await github.addRepository({ owner: 'globex', name: 'site', private: false });
  github.setClock(2 * HOUR);
  const { installationId } = await github.addRepository({ owner: 'umbrella', name: 'lab' });
  github.setClock(0);

  const all = await listRepositories(createTrial().trial);
  expect(values(all)).toEqual(['umbrella/lab', 'globex/site', 'acme/web']);
  expect(all[1]?.about).toMatch(/^public, pushed \d{4}-/);

  github.suspendInstallation(installationId, true);
  expect(values(await listRepositories(createTrial().trial))).toEqual(['globex/site', 'acme/web']);
});

test('the ten newest commits are listed as the first parents lead back [A5]', async () => {
  expect(values(await listCommits(createTrial().trial, 'acme/web'))).toEqual([commit]);
  await work.git('switch', '--quiet', '--create', 'side');
  const side = await work.commit({ 'side.txt': '1\n' }, 'Aside');
  await work.git('switch', '--quiet', 'main');
  const commits = [await work.commit({ 'main.txt': '1\n' }, 'Ahead')];
  await work.git('merge', '--quiet', '--no-edit', 'side');
  commits.unshift(await work.git('rev-parse', 'HEAD'));
  for (let i = 0; i < 8; i += 1) commits.unshift(await work.commit({ 'main.txt': `${i}\n` }, `Change ${i}\n\nBody.`));
  await work.push();

  const listed = await listCommits(createTrial().trial, 'acme/web');
  expect(values(listed)).toEqual(commits);
  expect(values(listed)).not.toContain(side);
  expect(listed[0]?.about).toMatch(/^\d{4}-\d\d-\d\d Change 7$/);
});

test('environments are those of deployments, or all of them when Actions may be read, the one for trials first [A5]', async () => {
  for (const environment of ['staging', 'landfall-try', 'staging']) {
    const open = { origin, deploymentId: environment, commit, environment, production: false, transient: false };
    await asActivity(() => activities.openDeployment({ ...open, description: '', mayExist: false }));
  }
  const expected = ['landfall-try', 'staging'];
  const before = github.calls().length;
  expect(values(await listEnvironments(createTrial().trial, 'acme/web'))).toEqual(expected);
  const granted = { checks: 'write', contents: 'read', deployments: 'write', metadata: 'read' } as const;
  github.setPermissions(repository.installationId, { ...granted, actions: 'read' });
  expect(values(await listEnvironments(createTrial().trial, 'acme/web'))).toEqual(expected);
  github.setPermissions(repository.installationId, granted);
  const calls = github.calls().slice(before);
  const lists = calls.filter(({ operation }) => /list-deployments|all-environments/.test(operation));
  expect(lists.map(({ operation }) => operation)).toEqual(['repos/list-deployments', 'repos/get-all-environments']);
});

test('an App that is installed nowhere is told where to install it [A5]', async () => {
  for (const { id } of await listAppInstallations(gitHub, new AbortController().signal)) github.removeInstallation(id);
  await expect(listRepositories(createTrial().trial)).rejects.toMatchObject({
    detail: 'the App is installed nowhere',
    todo: `Install it at ${github.url}/apps/landfall/installations/new.`,
  });
});
