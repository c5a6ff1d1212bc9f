import { describe, expect, test } from '@jest/globals';
import type { ProtectedJob } from '../../../contracts/github/protection.ts';
import { asActivity } from '../github/scene.ts';
import { ACTOR, FILE, startDeliveryScene } from './scene.ts';

const { land, rules, origin, commit } = await startDeliveryScene();

const job = (environment: string): ProtectedJob => ({
  ...{ kind: 'protection', requestKey: 'github/1', repositoryId: origin.repositoryId, repository: origin.repository },
  ...{
    installationId: origin.installationId,
    runId: '1',
    environment,
    commit,
    ref: 'main',
    event: 'push',
    actor: ACTOR,
  },
});
const readRules = (environment: string) => asActivity(() => rules(job(environment)));

describe('the rules for a job of GitHub Actions', () => {
  test("are those of the default branch's landfall.yaml, whatever the job's own commit says [A7][B4]", async () => {
    const protection = `production: true, freeze: [{ days: [fri], from: '16:00', to: '24:00' }], approval: { from: { users: [ann, ben] }, count: 2 },`;
    await land({ 'landfall.yaml': FILE.replace('production: true,', protection) });
    await land({ 'landfall.yaml': FILE }, { ref: 'feature' });
    expect(await readRules('production')).toEqual({
      known: true,
      keys: [{ project: 'shop', service: 'web', environment: 'production' }],
      freeze: [{ kind: 'weekly', days: ['fri'], from: 960, to: 1440, reason: '' }],
      approval: expect.objectContaining({
        count: 2,
        from: { users: ['ann', 'ben'], teams: [], permission: null },
      }) as unknown,
    });
    expect(await readRules('staging')).toEqual({
      known: true,
      keys: ['web', 'api'].map((service) => ({ project: 'shop', service, environment: 'staging' })),
    });
  });

  test("are found by GitHub's name, which knows no letter case and may hold anything [A7]", async () => {
    const named = `production: true, githubNames: ['Production EU', live/eu, 'Ümläut'],`;
    await land({ 'landfall.yaml': FILE.replace('production: true,', named) });
    for (const name of ['Production', 'PRODUCTION', 'production eu', 'Live/EU', 'ümläut']) {
      expect(await readRules(name)).toMatchObject({ known: true, keys: [{ environment: 'production' }] });
    }
    const unknown = await readRules('Live/US');
    expect(unknown).toMatchObject({ known: false });
    expect(JSON.stringify(unknown)).toContain('githubNames: [');
  });

  test('are refused when two environments have the name [A7]', async () => {
    await land({ 'landfall.yaml': FILE.replace('production: true,', 'production: true, githubNames: [STAGING],') });
    expect(await readRules('staging')).toMatchObject({ known: false, why: expect.stringContaining('several') });
  });

  test('name those whose commit it is, when somebody else has run it again [A7][E2]', async () => {
    const protection = `production: true, approval: { from: { users: [ann] } },`;
    await land({ 'landfall.yaml': FILE.replace('production: true,', protection) });
    const by = { kind: 'github', name: 'ben' } as const;
    const asked = (environment: string) => asActivity(() => rules({ ...job(environment), actor: by }));
    expect(await asked('production')).toMatchObject({ authors: [ACTOR] });
    expect(await asked('staging')).not.toHaveProperty('authors');
    expect(await readRules('production')).not.toHaveProperty('authors');
  });

  test('name who pushed its commit, for locks, unless another person has started the run by hand [A7][E9]', async () => {
    await land({ 'landfall.yaml': FILE });
    const by = { kind: 'github', name: 'ben' } as const;
    const asked = (event: string, actor = by) => asActivity(() => rules({ ...job('production'), event, actor }));
    expect(await asked('push')).toMatchObject({ alsoBy: [ACTOR] });
    expect(await asked('schedule')).toMatchObject({ alsoBy: [ACTOR] });
    expect(await asked('workflow_dispatch')).not.toHaveProperty('alsoBy');
    expect(await readRules('production')).not.toHaveProperty('alsoBy');
  });

  test.each([
    ['produktion', 'Add it below'],
    ['constructor', 'Add it below'],
    ['__proto__', 'Give one of them "githubNames: '],
    ['Produktion EU', 'Give one of them "githubNames: '],
    ['', 'Give one of them "githubNames: '],
  ])('of %p, which nobody names, say what to add [A7]', async (name, todo) => {
    const known = `no environment "${name}", only: staging, production, preview, manual. ${todo}`;
    expect(await readRules(name)).toEqual({ known: false, why: expect.stringContaining(known) as unknown });
  });

  test('are not known without a landfall.yaml that can be read, and why is said [A7]', async () => {
    await land({ 'landfall.yaml': 'version: 1\nservices: 7\n' });
    expect(await readRules('production')).toMatchObject({
      why: expect.stringContaining('landfall.yaml:2:1: services'),
    });
    await land({ 'landfall.yaml': null });
    expect(await readRules('production')).toMatchObject({ why: expect.stringContaining('has no landfall.yaml') });
  });
});
