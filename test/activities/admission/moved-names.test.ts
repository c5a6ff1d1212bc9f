/** A project or service that is called otherwise from now on: what it has stays with it, whichever name the file says. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { eq, ne, or, sql } from 'drizzle-orm';
import { claimProject, declareService, saveServices } from '../../../store/queries/services.ts';
import { keptAs, type Called } from '../../../store/queries/kept-name.ts';
import { moveName } from '../../../store/queries/move-name.ts';
import { keptServiceOf, servicesCalled } from '../../../store/queries/names.ts';
import { environmentLive, otherNames, projects, releases, services } from '../../../store/schema.ts';
import type { Database } from '../../../store/open.ts';
import { eventually } from '../../support/eventually.ts';
import { FILE, startDeliveryScene } from './scene.ts';

const { db, land, origin: originOfShop, push, commit, request } = await startDeliveryScene();

let number = 0;
/** Pushes the file. @returns the ids of the releases, or why there are none */
async function pushed(text: string): Promise<readonly string[]> {
  await land({ 'landfall.yaml': text, 'a.txt': String((number += 1)) });
  const { releases: found, skipped, refused } = await push('main');
  const whyNot = refused ? [refused.failure.message] : skipped;
  return found.length > 0 ? found.map(({ key }) => `${key.project}/${key.service}`) : whyNot;
}
const goesLive = (service: string) =>
  db.insert(environmentLive).values({
    ...{ project: 'shop', service, environment: 'staging', previous: null, since: new Date() },
    live: { deploymentId: 'x', sequence: 1, generation: 1, commit, image: 'x', digest: 'sha256:x' },
  });
const SHOP = ['shop/api', 'shop/web'];
const RENAMED = FILE.replace('project: shop', 'project: store');
/** `web` is called `frontend`, in the services and wherever it is published. */
const FRONTEND = FILE.replaceAll('web:', 'frontend:');
function calledIn(text: string): Called {
  const [project = '', service] = text.split('/');
  return { project, ...(service !== undefined && { service }) };
}
const move = (from: string, to: string) => moveName(db, calledIn(from), calledIn(to));

beforeEach(async () => {
  await db.delete(environmentLive);
  await db.delete(otherNames);
  await db.execute(sql`truncate ${projects}, ${releases} cascade`);
  expect((await pushed(FILE)).toSorted()).toEqual(SHOP);
  await goesLive('web');
});

describe('a project that is renamed aloud', () => {
  test('goes on with its numbers under the ids that it has, by either name in the file [B4]', async () => {
    expect(await pushed(RENAMED)).toEqual([expect.stringContaining('landfall service move shop store')]);
    expect(await move('shop', 'store')).toEqual({ ok: true, kept: { project: 'shop' } });
    expect((await pushed(RENAMED)).toSorted()).toEqual(SHOP);
    expect((await pushed(FILE)).toSorted()).toEqual(SHOP);
    expect((await pushed(FILE.replace('project: shop\n', ''))).toSorted()).toEqual(SHOP);
    const asked = await request({
      ...(await keptAs(db, { project: 'store', service: 'web' })),
      environment: 'staging',
    });
    expect(asked.releases.map(({ key }) => key)).toEqual([{ project: 'shop', service: 'web' }]);
  });

  test('may be renamed again, and back; whoever does it twice has done it once [B4]', async () => {
    for (const [from, to] of [
      ['shop', 'store'],
      ['shop', 'store'],
      ['store', 'market'],
      ['market', 'shop'],
      ['shop', 'store'],
    ] as const) {
      expect(await move(from, to)).toEqual({ ok: true, kept: { project: 'shop' } });
      expect((await pushed(FILE.replace('project: shop', `project: ${to}`))).toSorted()).toEqual(SHOP);
    }
  });

  test('keeps its other name from everybody else [A1]', async () => {
    await move('shop', 'store');
    const taken = { project: 'store', service: 'x', cloneUrl: 'https://git.test/other.git', branch: 'main' };
    expect(await declareService(db, taken)).toEqual({ ok: false, by: expect.stringContaining('shop') });
    expect(await declareService(db, { ...taken, project: 'theirs' })).toEqual({ ok: true });
    expect(await move('shop', 'theirs')).toMatchObject({ ok: false, why: 'taken' });
    expect(await move('theirs', 'store')).toMatchObject({ ok: false, why: 'taken', by: { project: 'shop' } });
    expect(await move('nothing', 'new')).toMatchObject({ ok: false, why: 'unknown' });
  });
});

describe('a name that two want at the same instant', () => {
  const origin = { kind: 'git', cloneUrl: 'https://git.test/other.git' } as const;
  const declared = () => declareService(db, { ...origin, project: 'store', service: 'x', branch: 'main' });
  const moving = (from: Called, to: Called) => (tx: Database) => moveName(tx, from, to);
  const web = { project: 'shop', service: 'web' } as const;
  const frontend = { project: 'shop', service: 'frontend' } as const;
  /** `web` as it was, and a new service that takes the name. */
  const ADDED = FILE.replace('  api: {', '  frontend: {}\n  api: {').replace(
    'api: 20081',
    'api: 20081, frontend: 20082',
  );
  const STANDS_FOR_WEB = expect.stringMatching(/frontend is what was called web before.*a name that is new/);

  /** Takes the name in a transaction that stays open until the other one has ended or waits for it. */
  async function whileTaking<T>(take: (tx: Database) => Promise<unknown>, other: () => Promise<T>): Promise<T> {
    const { promise: taken, resolve: hasTaken } = Promise.withResolvers<undefined>();
    const { promise: letGo, resolve: release } = Promise.withResolvers<undefined>();
    const first = db.transaction(async (tx) => {
      expect(await take(tx)).toMatchObject({ ok: true });
      hasTaken(undefined);
      await letGo;
    });
    await taken;
    const second = other();
    await Promise.race([second, eventually('the other one to wait', isWaiting)]);
    release(undefined);
    await first;
    return second;
  }
  const isWaiting = async () => {
    const ours = sql`datname = current_database() and wait_event_type = 'Lock'`;
    const found = await db
      .select({ one: sql`1` })
      .from(sql`pg_stat_activity`)
      .where(ours);
    return found.length > 0;
  };
  /** No name means two things. */
  async function assertOneMeaning(): Promise<void> {
    const { name, project, service } = otherNames;
    const one = { name };
    const asServices = await db
      .select(one)
      .from(otherNames)
      .innerJoin(services, eq(name, sql`${services.project} || '/' || ${services.service}`))
      .where(or(ne(project, services.project), ne(service, services.service)));
    const asProjects = await db
      .select(one)
      .from(otherNames)
      .innerJoin(projects, eq(name, projects.name))
      .where(ne(project, projects.name));
    expect([...asServices, ...asProjects]).toEqual([]);
  }

  test('goes to whoever has it first: a new project [A1][F1]', async () => {
    const claim = (tx: Database) => claimProject(tx, 'store', { origin });
    const refused = { ok: false, why: 'taken', by: { project: 'store' } };
    expect(await whileTaking(claim, () => move('shop', 'store'))).toEqual(refused);
    expect(await pushed(RENAMED)).toEqual([expect.stringContaining('landfall service move')]);
    await assertOneMeaning();
  });

  test('goes to whoever has it first: a move, before a new project [A1][F1]', async () => {
    const rename = moving({ project: 'shop' }, { project: 'store' });
    expect(await whileTaking(rename, declared)).toEqual({ ok: false, by: expect.stringContaining('shop') });
    expect((await pushed(RENAMED)).toSorted()).toEqual(SHOP);
    await assertOneMeaning();
  });

  test('goes to a push that adds a service, and the move is told what has it [B4][F1]', async () => {
    const adds = async (tx: Database) => {
      const claim = await claimProject(tx, 'shop', { origin: originOfShop, defaultBranch: 'main', private: false });
      await saveServices(tx, 'shop', [{ service: 'frontend', branch: 'main', settings: null, environments: [] }]);
      return claim;
    };
    const refused = { ok: false, why: 'taken', by: frontend };
    expect(await whileTaking(adds, () => move('shop/web', 'shop/frontend'))).toEqual(refused);
    expect((await pushed(ADDED)).toSorted()).toEqual(['shop/api', 'shop/frontend', 'shop/web']);
    await assertOneMeaning();
  });

  test('goes to a move, and a push that adds a service is told what has it [B4][F1]', async () => {
    expect(await whileTaking(moving(web, frontend), () => pushed(ADDED))).toEqual([STANDS_FOR_WEB]);
    await assertOneMeaning();
  });

  test('goes to a move, and a push that says the new name already goes on as what it is [B4][F1]', async () => {
    await db.delete(environmentLive);
    const released = await whileTaking(moving(web, frontend), () => pushed(FRONTEND));
    expect(released.toSorted()).toEqual(SHOP);
    expect((await whileTaking(moving({ project: 'shop' }, { project: 'store' }), () => pushed(RENAMED))).length).toBe(
      2,
    );
    await assertOneMeaning();
  });

  test.each([
    ['shop/web', 'shop/api', 'shop/front', { project: 'shop', service: 'web' }],
    ['shop', 'theirs', 'store', { project: 'shop' }],
  ] as const)('goes to the first of two moves: of %s, and of %s [B4][F1]', async (first, second, name, by) => {
    await declareService(db, { ...origin, project: 'theirs', service: 'x', branch: 'main' });
    const take = moving(calledIn(first), calledIn(name));
    expect(await whileTaking(take, () => move(second, name))).toEqual({ ok: false, why: 'taken', by });
    await assertOneMeaning();
  });

  test('of twenty races each has one winner, and whoever lost is told who has it [B4][F1]', async () => {
    await move('shop', 'store');
    for (let race = 0; race < 20; race += 1) {
      const name = `front-${race}`;
      // Different names of the one project.
      const [one, other] = await Promise.all([move('shop/web', `shop/${name}`), move('store/api', `store/${name}`)]);
      const [won, lost] = one.ok ? [one, other] : [other, one];
      expect(won).toMatchObject({ ok: true });
      expect(lost).toEqual({ ok: false, why: 'taken', by: won.ok && won.kept });
    }
    await assertOneMeaning();
  });

  test('of twenty races between a push and a move each has one winner [B4][F1]', async () => {
    for (let race = 0; race < 20; race += 1) {
      const name = `added-${race}`;
      const text = ADDED.replaceAll('frontend', name);
      await land({ 'landfall.yaml': text, 'a.txt': String((number += 1)) });
      const [{ releases: released, refused }, moved] = await Promise.all([
        push('main'),
        move('shop/web', `shop/${name}`),
      ]);
      const names = released.map(({ key }) => key.service);
      if (moved.ok) expect(refused?.failure.message).toContain(`${name} is what was called web before`);
      else expect([moved, names]).toEqual([expect.objectContaining({ why: 'taken' }), expect.arrayContaining([name])]);
      await assertOneMeaning();
    }
  });

  test('a service is declared again by whichever name, and is no second one [B4][B11]', async () => {
    const at = { ...origin, branch: 'main' };
    await declareService(db, { ...at, project: 'theirs', service: 'x' });
    await move('theirs/x', 'theirs/y');
    await move('theirs', 'ours');
    expect(await declareService(db, { ...at, project: 'ours', service: 'y', branch: 'next' })).toEqual({ ok: true });
    const found = await db.select().from(services).where(eq(services.project, 'theirs'));
    expect(found.map(({ service, branch }) => [service, branch])).toEqual([['x', 'next']]);
    await assertOneMeaning();
  });
});

describe('a service that is renamed', () => {
  test('in silence is refused, because its port is taken by what is live, and is told how [B4]', async () => {
    expect(await pushed(FRONTEND)).toEqual([expect.stringContaining('landfall service move shop/web shop/frontend')]);
    const elsewhere = FRONTEND.replace('20080', '20090').replace('30080', '30090');
    expect((await pushed(elsewhere)).toSorted()).toEqual(['shop/api', 'shop/frontend']);
  });

  test('in silence is refused for its names as well, unless it takes others [B4][B18]', async () => {
    const named = FILE.replace('web: 20080', 'web: { hosts: [shop.example.com] }');
    expect((await pushed(named)).toSorted()).toEqual(SHOP);
    const renamed = named.replaceAll('web:', 'frontend:');
    expect(await pushed(renamed)).toEqual([
      expect.stringMatching(
        /publishes frontend at shop\.example\.com of one, where shop\/web is live.*use another name/,
      ),
    ]);
    const others = renamed.replace('shop.example.com', 'new.example.com');
    expect((await pushed(others)).toSorted()).toEqual(['shop/api', 'shop/frontend']);
  });

  test('aloud goes on as what it is, together with a project that is renamed too [B4]', async () => {
    expect(await move('shop/web', 'shop/frontend')).toEqual({ ok: true, kept: { project: 'shop', service: 'web' } });
    expect((await pushed(FRONTEND)).toSorted()).toEqual(SHOP);
    await move('shop', 'store');
    const both = FRONTEND.replace('project: shop', 'project: store');
    expect((await pushed(both)).toSorted()).toEqual(SHOP);
    expect(await move('store/frontend', 'store/shopfront')).toMatchObject({ ok: true, kept: { service: 'web' } });
    expect((await pushed(both.replaceAll('frontend', 'shopfront'))).toSorted()).toEqual(SHOP);
    expect(await keptAs(db, { project: 'store', service: 'shopfront' })).toEqual({ project: 'shop', service: 'web' });
    // The spellings in people's comments and CI systems' requests.
    for (const said of ['shopfront', 'frontend', 'store/shopfront', 'shop/web']) {
      expect([said, await keptServiceOf(db, originOfShop.repositoryId, said)]).toEqual([said, 'shop/web']);
    }
    expect(await keptServiceOf(db, originOfShop.repositoryId, 'api')).toBe('api');
    expect(await servicesCalled(db, 'shopfront')).toEqual([{ project: 'shop', service: 'web' }]);
  });

  test('is not two: a file that has both names is refused [B4]', async () => {
    await move('shop/web', 'shop/frontend');
    const both = FRONTEND.replace('  api: {', '  web: {}\n  api: {');
    expect(await pushed(both)).toEqual([expect.stringMatching(/frontend is what was called web before/)]);
    const published = FILE.replace('web: 20080', 'web: 20080, frontend: 20082');
    expect(await pushed(published)).toEqual([expect.stringMatching(/publish\.frontend: .*remove one of them/)]);
    // Either name, wherever it stands.
    expect((await pushed(FILE.replace('web: 20080', 'frontend: 20080'))).toSorted()).toEqual(SHOP);
  });

  test('stays in its project, and takes no name that another one has [B4]', async () => {
    expect(await move('shop/web', 'store/web')).toMatchObject({ ok: false, why: 'elsewhere' });
    expect(await move('shop/web', 'shop')).toMatchObject({ ok: false, why: 'elsewhere' });
    expect(await move('shop', 'shop/web')).toMatchObject({ ok: false, why: 'elsewhere' });
    expect(await move('shop/web', 'shop/api')).toMatchObject({ ok: false, why: 'taken' });
    expect(await move('shop/nothing', 'shop/new')).toMatchObject({ ok: false, why: 'unknown' });
  });
});
