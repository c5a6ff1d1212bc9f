import { describe, expect, test } from '@jest/globals';
import { namedInWords } from '../../../api/commands/named-in-words.ts';
import { selectApproval, selectCancel } from '../../../api/commands/select-release.ts';
import type { RepositoryService, WaitingApproval } from '../../../store/queries/repository.ts';
import { environmentSettings } from '../../support/simulation/fixtures.ts';

const service = (name: string, ...environments: string[]): RepositoryService => ({
  ...{ project: 'shop', service: name, environments: environments.map((one) => environmentSettings(one, ['host-a'])) },
});
const SHOP = [service('api', 'staging'), service('web', 'staging', 'production')];
const said = (note: string) => namedInWords(SHOP, { service: null, note });

describe('what stands first in free words', () => {
  test.each([
    ['production looks good', { service: null, environment: 'production', note: 'looks good' }],
    ['`Production`: fine', { service: null, environment: 'production', note: 'fine' }],
    ['web production', { service: 'web', environment: 'production', note: '' }],
    ['shop/web production fine', { service: 'shop/web', environment: 'production', note: 'fine' }],
    ['web/production fine', { service: 'web', environment: 'production', note: 'fine' }],
    ['shop/web/production fine', { service: 'shop/web', environment: 'production', note: 'fine' }],
    ['productive day', { service: null, environment: null, note: 'productive day' }],
    ['looks good in production', { service: null, environment: null, note: 'looks good in production' }],
    ['', { service: null, environment: null, note: '' }],
  ])('%j names what there is, and otherwise nothing [A7][E2]', (note, named) => {
    expect(said(note)).toEqual(named);
  });

  test.each(['other/app fine', 'web/nowhere fine', 'web shop/api'])(
    '%j is refused: it looks like a name [A7]',
    (note) => {
      expect(() => said(note)).toThrow('none of that name here');
    },
  );
});

const waits = (name: string, environment: string, number: number): WaitingApproval => ({
  deploymentId: `shop.${name}.${environment}.${number}`,
  releaseId: `shop.${name}.${number}`,
  key: { project: 'shop', service: name, environment },
  commit: String(number).repeat(40).slice(0, 40),
  digest: `sha256:${'d'.repeat(64)}`,
  subject: 'A change',
  at: new Date(0),
  requestKey: 'github/1',
});
const about = {
  conversation: { repositoryId: '7', repository: 'acme/shop', installationId: '1', number: 1, isPullRequest: false },
  pull: null,
  commentedAt: 10_000,
};

describe('what waits', () => {
  const all = [waits('web', 'production', 41), waits('web', 'staging', 42)];
  const chosen = (id: string | null, environment: string | null = null) =>
    selectApproval(all, { verb: 'approve', service: null, id, environment }, about).deploymentId;

  test.each([
    ['shop.web.production.41', null, 'shop.web.production.41'],
    ['shop.web.41', null, 'shop.web.production.41'],
    ['shop.web.41.2', null, 'shop.web.production.41'],
    ['42', null, 'shop.web.staging.42'],
    ['4242424', null, 'shop.web.staging.42'],
    [null, 'staging', 'shop.web.staging.42'],
  ])('is found by %j and %j [A7][E2]', (id, environment, deployment) => {
    expect(chosen(id, environment)).toBe(deployment);
  });

  test.each([
    ['shop.web.staging.41', null],
    ['other.app.production.41', null],
    ['7', null],
    [null, 'qa'],
  ])('is never another one than was named: %j and %j [A7][E2]', (id, environment) => {
    expect(() => chosen(id, environment)).toThrow(/wait/);
  });

  test('is not cancelled by an environment that it does not go to [A7]', () => {
    const release = {
      ...{ releaseId: 'shop.web.41', key: { project: 'shop', service: 'web' }, commit: 'a'.repeat(40), subject: 's' },
      ...{ state: 'deploying' as const, environments: ['production'], requestKey: 'github/1' },
    };
    const cancel = (id: string) => selectCancel([release], { service: null, id }, about).releaseId;
    expect(cancel('shop.web.production.41')).toBe('shop.web.41');
    expect(() => cancel('shop.web.nowhere.41')).toThrow('Nothing like that is under way');
  });
});
