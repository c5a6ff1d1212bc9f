import { describe, expect, test } from '@jest/globals';
import type { ProtectedJob } from '../../../contracts/protection.ts';
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
    const protection = `production: true, freeze: [{ days: [fri], from: '16:00', to: '24:00' }], approval: { from: { users: [ann] }, count: 2 },`;
    await land({ 'landfall.yaml': FILE.replace('production: true,', protection) });
    await land({ 'landfall.yaml': FILE }, { ref: 'feature' });
    expect(await readRules('production')).toEqual({
      known: true,
      keys: [{ project: 'shop', service: 'web', environment: 'production' }],
      freeze: [{ kind: 'weekly', days: ['fri'], from: 960, to: 1440, reason: '' }],
      approval: expect.objectContaining({ count: 2, from: { users: ['ann'], teams: [], permission: null } }) as unknown,
    });
    expect(await readRules('staging')).toEqual({
      known: true,
      keys: ['web', 'api'].map((service) => ({ project: 'shop', service, environment: 'staging' })),
    });
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

  test.each(['Production', 'constructor', '__proto__', ''])(
    'of %p, which nobody names, say what to add [A7]',
    async (name) => {
      expect(await readRules(name)).toEqual({
        known: false,
        why: expect.stringMatching(
          /no environment ".*", only: staging, production, preview, manual\. Add it below/,
        ) as unknown,
      });
    },
  );

  test('are not known without a landfall.yaml that can be read, and why is said [A7]', async () => {
    await land({ 'landfall.yaml': 'version: 1\nservices: 7\n' });
    expect(await readRules('production')).toMatchObject({
      why: expect.stringContaining('landfall.yaml:2:1: services'),
    });
    await land({ 'landfall.yaml': null });
    expect(await readRules('production')).toMatchObject({ why: expect.stringContaining('has no landfall.yaml') });
  });
});
