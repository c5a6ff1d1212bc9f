import { describe, expect, test } from '@jest/globals';
import { selectEnvironment, matching } from '../../../api/commands/select-environment.ts';
import { selectApproval, selectCancel, selectRetry } from '../../../api/commands/select-release.ts';
import type { RepositoryRelease, RepositoryService, WaitingApproval } from '../../../store/queries/repository.ts';
import { environmentSettings } from '../../support/simulation/fixtures.ts';

const service = (project: string, name: string, ...environments: string[]): RepositoryService => ({
  ...{ project, service: name, environments: environments.map((one) => environmentSettings(one, ['host-a'])) },
});
const SHOP = [service('shop', 'api', 'staging'), service('shop', 'web', 'staging', 'production')];
const wanted = (more: object) => ({ verb: 'deploy', service: null, environment: null, ...more });

describe('which environment is meant', () => {
  test('is clear when only one fits, by service, by environment, or because there is only one [A7]', () => {
    expect(selectEnvironment(SHOP, wanted({ service: 'api' }))).toMatchObject({
      service: 'api',
      environment: 'staging',
    });
    expect(selectEnvironment(SHOP, wanted({ environment: 'production' }))).toMatchObject({ service: 'web' });
    expect(selectEnvironment(SHOP, wanted({ verb: 'promote', service: 'web' }))).toMatchObject({
      environment: 'production',
    });
  });

  test('is none that landfall.yaml has no more, unless it is named [A7][B3]', () => {
    const web = { ...service('shop', 'web', 'staging', 'production'), unlisted: ['production'] };
    expect(selectEnvironment([web], wanted({}))).toMatchObject({ environment: 'staging' });
    expect(selectEnvironment([web], wanted({ environment: 'production' }))).toMatchObject({
      environment: 'production',
    });
  });

  test.each([
    [
      wanted({ environment: 'staging' }),
      /The service .*`\/deploy staging --service api`\.\n\n- `shop\/api`\n- `shop\/web`/,
    ],
    [wanted({ service: 'web' }), /The environment .*`\/deploy staging`\.\n\n- `staging`\n- `production`/],
    [wanted({ service: 'db' }), /No service of that name.*`shop\.web`: `staging`, `production`/s],
    [wanted({ service: 'web', environment: 'qa' }), /no such environment\. There is:\n\n- `shop\.web`/],
    [wanted({ service: 'web', environment: 'constructor' }), /no such environment/],
  ])('is asked back with the choices when not, case %# [A7]', (asked, says) => {
    expect(() => selectEnvironment(SHOP, asked)).toThrow(says);
  });

  test('is asked back with the project where two have such a service, and that is understood [A7]', () => {
    const both = [service('old', 'web', 'staging'), service('shop', 'web', 'staging')];
    expect(() => selectEnvironment(both, wanted({ environment: 'staging' }))).toThrow('--service old/web');
    const asked = wanted({ service: 'shop/web', environment: 'staging' });
    expect(selectEnvironment(both, asked)).toMatchObject({ project: 'shop' });
  });

  test('of a repository that deploys nothing is answered with what to do [A7]', () => {
    expect(() => selectEnvironment([], wanted({}))).toThrow('push a landfall.yaml first');
    expect(() => matching([], wanted({}))).toThrow('push a landfall.yaml first');
    expect(matching(SHOP, wanted({ environment: 'staging' }))).toHaveLength(2);
  });

  test('of very many is not listed without end [A7]', () => {
    const many = Array.from({ length: 500 }, (_, index) => service('shop', `s${index}`, 'staging'));
    expect(() => selectEnvironment(many, wanted({ environment: 'staging' }))).toThrow('- and 480 more');
  });
});

const HEAD = 'a'.repeat(40);
const onPull = {
  conversation: { repositoryId: '7', repository: 'acme/shop', installationId: '1', number: 12, isPullRequest: true },
  pull: { commit: HEAD, mergedAs: null },
  commentedAt: 10_000,
};
const onIssue = { ...onPull, conversation: { ...onPull.conversation, isPullRequest: false }, pull: null };

const approval = (sequence: number, more: Partial<WaitingApproval> = {}): WaitingApproval => ({
  ...{ deploymentId: `shop.web.production.${sequence}`, releaseId: `shop.web.${sequence}`, commit: 'b'.repeat(40) },
  ...{
    key: { project: 'shop', service: 'web', environment: 'production' },
    digest: 'sha256:0',
    subject: '@everyone `x`',
  },
  ...{ at: new Date(9_000), requestKey: 'github/1', ...more },
});
const approve = { verb: 'approve', service: null, id: null } as const;

describe('which approval is meant', () => {
  test.each([
    ['brings the head', { commit: HEAD }],
    ['was ordered there', { requestKey: 'request/comment-7-12-99' }],
  ])('on a pull request is the one that %s [A7]', (_name, more) => {
    expect(selectApproval([approval(1), approval(2, more)], approve, onPull).deploymentId).toMatch(/\.2$/);
  });

  test('by id is anything of the repository, by the release too; one that does not wait is none [A7]', () => {
    const id = (one: string) =>
      selectApproval([approval(1), approval(2)], { ...approve, id: one }, onPull).deploymentId;
    expect([id('shop.web.production.1'), id('shop.web.2')]).toEqual(['shop.web.production.1', 'shop.web.production.2']);
    expect(() => id('other.web.production.1')).toThrow('That does not wait for approval');
  });

  test('another pull request whose number begins alike has nothing to do with it [A7]', () => {
    const other = approval(1, { requestKey: 'request/comment-7-123-99' });
    expect(() => selectApproval([other], approve, onPull)).toThrow('Nothing of this pull request waits');
  });

  test('is asked back when several wait, without calling anybody by a subject [A7]', () => {
    const asked = () => selectApproval([approval(1), approval(2)], approve, onIssue);
    expect(asked).toThrow(/Several wait.*`\/approve shop\.web\.production\.1`/);
    expect(asked).toThrow(/`b{7} @everyone x`/);
    expect(() => selectApproval([], approve, onIssue)).toThrow('Nothing waits for approval.');
  });

  test('is none that began to wait only after the comment was written [A7]', () => {
    expect(selectApproval([approval(1, { at: new Date(10_999) })], approve, onIssue)).toBeDefined();
    const late = approval(1, { at: new Date(11_000) });
    expect(() => selectApproval([late], approve, onIssue)).toThrow('began to wait only after you wrote that');
  });
});

const release = (sequence: number, more: Partial<RepositoryRelease> = {}): RepositoryRelease => ({
  ...{ releaseId: `shop.web.${sequence}`, key: { project: 'shop', service: 'web' }, commit: 'b'.repeat(40) },
  ...{ subject: 'x', state: 'building', environments: ['staging'], requestKey: 'github/1', ...more },
});
const any = { service: null, id: null };

describe('which release is meant', () => {
  test('by a cancel on a pull request is its own; by the id of a deployment its release [B10]', () => {
    const all = [release(3), release(2, { commit: HEAD })];
    expect(selectCancel(all, any, onPull).releaseId).toBe('shop.web.2');
    expect(selectCancel(all, { ...any, id: 'shop.web.staging.3' }, onPull).releaseId).toBe('shop.web.3');
    expect(() => selectCancel(all, any, onIssue)).toThrow('Several are under way');
    expect(() => selectCancel([], any, onIssue)).toThrow('Nothing like that is under way');
  });

  test('by a retry is the newest of its service, if that failed; an older failure is over [B10]', () => {
    const failed = release(1, { state: 'failed' });
    expect(selectRetry([failed], any, onIssue).releaseId).toBe('shop.web.1');
    expect(() => selectRetry([release(2, { state: 'completed' }), failed], any, onIssue)).toThrow(
      'nothing newer since',
    );
    const other = release(5, { key: { project: 'shop', service: 'api' }, releaseId: 'shop.api.5', state: 'cancelled' });
    expect(() => selectRetry([other, failed], any, onIssue)).toThrow('Several could be retried');
    expect(selectRetry([other, failed], { ...any, service: 'api' }, onIssue).releaseId).toBe('shop.api.5');
  });
});
