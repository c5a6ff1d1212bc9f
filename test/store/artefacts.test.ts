import { beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { Database } from '../../store/open.ts';
import { findDeployment, listDeployments } from '../../store/queries/release-views.ts';
import { recordDeploymentState } from '../../store/queries/record-deployment.ts';
import { findEnvironment } from '../../store/queries/views.ts';
import { openTestStore } from './support/databases.ts';
import { digestOf, sha, tellDeployment, tellProject } from './support/told.ts';

describe('what a deployment changes', () => {
  let db: Database;
  let used = 0;
  beforeAll(async () => {
    ({ db } = await openTestStore());
  });

  /** A project of the test's own. */
  async function project(publicUrl?: string) {
    const it = `p${(used += 1)}`;
    await tellProject(db, it, publicUrl);
    const changes = async (id: string) => (await findDeployment(db, id))?.changes;
    return {
      key: { project: it, service: 'web', environment: 'production' },
      tell: (told: Parameters<typeof tellDeployment>[2]) => tellDeployment(db, it, told),
      changes,
      /** The number of the deployment that it came after. */
      from: async (id: string) => (await changes(id))?.from?.deploymentId.split('.').at(-1),
      compare: (range: string) => `https://git.example/acme/repository-${it.slice(1)}/compare/${range}`,
    };
  }

  test('is from the commit that was live before to its own; of the first one there is none [A9]', async () => {
    const { tell, changes, compare } = await project();
    const [first, second] = [await tell({ sequence: 1 }), await tell({ sequence: 2 })];
    expect(await changes(first)).toEqual({ from: null, to: sha(1), rollback: false, compareUrl: null });
    expect(await changes(second)).toEqual({
      from: { deploymentId: first, commit: sha(1), digest: digestOf(1) },
      to: sha(2),
      rollback: false,
      compareUrl: compare(`${sha(1)}...${sha(2)}`),
    });
  });

  test('is from what was really live, whatever failed or was superseded in between [A9]', async () => {
    const { tell, from, changes } = await project();
    await tell({ sequence: 1 });
    const failed = [
      await tell({ sequence: 2, state: 'failed' }),
      await tell({ sequence: 3, state: 'rolled_back' }),
      await tell({ sequence: 4, state: 'cancelled' }),
      await tell({ sequence: 5, state: 'rollback_failed' }),
    ];
    const superseded = await tell({ sequence: 6, state: 'superseded', generation: null });
    const landed = await tell({ sequence: 7, generation: 6 });
    for (const id of [...failed, landed]) expect([id, await from(id)]).toEqual([id, '1']);
    expect(await changes(superseded)).toBeNull();
  });

  test('of one that waits it is from what is live now, until that is another [A9]', async () => {
    const { tell, from } = await project();
    await tell({ sequence: 1 });
    const queued = await tell({ sequence: 3, state: 'queued' });
    const gated = await tell({ sequence: 4, state: 'awaiting_approval', generation: null });
    expect([await from(queued), await from(gated)]).toEqual(['1', '1']);
    const second = await tell({ sequence: 2 });
    expect([await from(queued), await from(gated), await from(second)]).toEqual(['2', '2', '1']);
  });

  test('is in the order in which the environment let them in, however late it is told [A9]', async () => {
    const { tell, from } = await project();
    await tell({ sequence: 1 });
    // Requested first, it waited longer: a person had locked the environment.
    const overtaken = await tell({ sequence: 2, generation: 9, state: 'verifying' });
    const overtaking = await tell({ sequence: 3, generation: 8, state: 'verifying' });
    expect([await from(overtaken), await from(overtaking)]).toEqual(['1', '1']);
    await recordDeploymentState(db, { deploymentId: overtaken, state: 'live', at: 1, generation: 9 });
    await recordDeploymentState(db, { deploymentId: overtaking, state: 'live', at: 0, generation: 8 });
    expect([await from(overtaken), await from(overtaking)]).toEqual(['3', '1']);
  });

  test('of a rollback goes backwards and says so; the page of GitHub is of what it takes back [A9]', async () => {
    const { tell, changes, from, compare } = await project();
    const first = await tell({ sequence: 1 });
    await tell({ sequence: 2 });
    const back = await tell({ sequence: 3, content: 1, rollbackTo: first, broughtBy: 'railpack' });
    expect(await changes(back)).toMatchObject({
      from: { commit: sha(2) },
      to: sha(1),
      rollback: true,
      compareUrl: compare(`${sha(1)}...${sha(2)}`),
    });
    // From there it goes on: from the commit that is live again, not from the one that was taken back.
    const next = await tell({ sequence: 4 });
    expect(await from(next)).toBe('3');
    expect(await changes(next)).toMatchObject({ from: { commit: sha(1) }, to: sha(4), rollback: false });
  });

  test('is none between a commit and itself, as with other variables [A9][B17]', async () => {
    const { tell, changes } = await project();
    await tell({ sequence: 1 });
    const again = await tell({ sequence: 2, content: 1 });
    expect(await changes(again)).toMatchObject({ from: { commit: sha(1) }, to: sha(1), compareUrl: null });
  });

  test('is of its own environment and service, wherever else the commit is live [A9][A6]', async () => {
    const { tell, from, changes } = await project();
    const other = await project();
    await other.tell({ sequence: 1 });
    await tell({ sequence: 1, environment: 'staging' });
    await tell({ sequence: 2, environment: 'staging' });
    const production = await tell({ sequence: 3, content: 2 });
    expect(await changes(production)).toMatchObject({ from: null });
    expect(await from(await tell({ sequence: 4, environment: 'staging' }))).toBe('2');
  });

  test.each([
    ['on GitHub', 'https://github.com/acme/shop.git', `https://github.com/acme/shop/compare/${sha(1)}...${sha(2)}`],
    ['elsewhere', 'https://git.example/acme/shop.git', null],
  ])('of a public repository %s is linked accordingly [A9][B11]', async (_where, url, link) => {
    const { tell, changes } = await project(url);
    await tell({ sequence: 1 });
    expect((await changes(await tell({ sequence: 2 })))?.compareUrl).toBe(link);
  });

  test('stands beside the digest and what built it, also of an image that came from elsewhere [A9]', async () => {
    const { tell } = await project();
    const built = await tell({ sequence: 1 });
    const ofCi = await tell({ sequence: 2, broughtBy: 'ci' });
    // A promotion or a rollback brings an image about which no more may be recorded.
    const back = await tell({ sequence: 3, content: 1, broughtBy: 'unknown' });
    for (const [id, builder, content] of [
      [built, 'railpack', 1],
      [ofCi, 'ci', 2],
      [back, 'railpack', 1],
    ] as const) {
      expect(await findDeployment(db, id)).toMatchObject({ id, builder, digest: digestOf(content) });
    }
  });

  test('is the same in what the environment says it runs now, and ran before [A9]', async () => {
    const { tell, key, changes } = await project();
    const first = await tell({ sequence: 1 });
    expect(await findEnvironment(db, key)).toMatchObject({
      live: { deploymentId: first, builder: 'railpack', changes: { from: null } },
      previous: null,
    });
    const second = await tell({ sequence: 2, broughtBy: 'ci' });
    await tell({ sequence: 3, state: 'rolled_back' });
    expect(await findEnvironment(db, key)).toMatchObject({
      live: { deploymentId: second, digest: digestOf(2), builder: 'ci', changes: await changes(second) },
      previous: { deploymentId: first, digest: digestOf(1), builder: 'railpack' },
    });
    const back = await tell({ sequence: 4, content: 1, rollbackTo: first, broughtBy: 'railpack' });
    expect(await findEnvironment(db, key)).toMatchObject({
      live: { deploymentId: back, changes: { ...(await changes(back)), rollback: true } },
      previous: { deploymentId: second, builder: 'ci' },
    });
  });

  // Looked up for each of them, it took longer than any statement may.
  test('is found among twenty thousand for those that are shown [A9]', async () => {
    const { key } = await project();
    const id = sql`${`${key.project}.web.production.`}::text || n`;
    const hours = sql`n * interval '1 hour'`;
    await db.execute(sql`
      insert into deployments (id, release_id, project, service, environment, sequence, by_name, ref, commit, subject, actor_kind, actor_name, image, digest, created_at)
      select ${id}, '', ${key.project}, 'web', 'production', n, false, 'main', 'c' || n, '', 'github', 'ada', '', '', '2020-01-01'::timestamptz + ${hours}
      from generate_series(1, 20000) as n`);
    await db.execute(sql`
      insert into deployment_status (deployment_id, state, generation, updated_at)
      select ${id}, case n % 3 when 0 then 'failed' else 'live' end, n, '2020-01-01'::timestamptz + ${hours}
      from generate_series(1, 20000) as n`);
    const shown = await listDeployments(db, { ...key, limit: 4 });
    expect(shown.map(({ commit, changes }) => [changes?.from?.commit, commit])).toEqual([
      ['c19999', 'c20000'],
      ['c19997', 'c19999'],
      ['c19997', 'c19998'],
      ['c19996', 'c19997'],
    ]);
  });

  test('lists what was live, and nothing else [A9]', async () => {
    const { tell, key } = await project();
    await tell({ sequence: 1, at: 1_000 });
    await tell({ sequence: 2, at: 2_000, state: 'failed' });
    await tell({ sequence: 3, at: 3_000 });
    const waiting = await tell({ sequence: 4, at: 4_000, state: 'queued' });
    const numbers = async (state: 'live' | 'queued') =>
      (await listDeployments(db, { ...key, state, limit: 10 })).map(({ id }) => id);
    expect(await numbers('live')).toEqual([`${key.project}.web.production.3`, `${key.project}.web.production.1`]);
    expect(await numbers('queued')).toEqual([waiting]);
  });
});
