/** Names and paths across projects: who has one, and who is told so. */
import { eq } from 'drizzle-orm';
import { beforeAll, expect, test } from '@jest/globals';
import type { AdmissionRequest } from '../../contracts/admission/admission.ts';
import { deploymentId } from '../../contracts/core/ids.ts';
import type { Route } from '../../contracts/config/routes.ts';
import type { EnvironmentSettings } from '../../contracts/config/service.ts';
import type { Database } from '../../store/open.ts';
import { createCatalogue } from '../../store/queries/catalogue.ts';
import { moveName } from '../../store/queries/move-name.ts';
import { deployments, environmentLive, releases } from '../../store/schema.ts';
import { fromOne } from '../support/clock.ts';
import { podmanTarget } from '../support/targets/podman.ts';
import { openTestStore } from './support/databases.ts';
import { COMMIT, DIGEST, draft, gitHub, SETTINGS } from './support/samples.ts';

let db: Database;
let catalogue: ReturnType<typeof createCatalogue>;
let requests = 0;
beforeAll(async () => {
  ({ db } = await openTestStore());
  catalogue = createCatalogue(db, fromOne);
});

const at = (host: string, path = '/'): Route => ({ host, path });

/** A project of one service, `web`, in one environment. */
function project(number: number) {
  const name = `r${number}`;
  const key = { project: name, service: 'web', environment: 'production' };
  const settings = (routes: readonly Route[], hosts: readonly string[]): EnvironmentSettings => ({
    name: 'production',
    production: true,
    target: podmanTarget(hosts, routes.length > 0 ? { routes } : {}),
  });
  const request = (routes: readonly Route[], hosts: readonly string[]): AdmissionRequest => {
    const origin = gitHub(String(number));
    const environment = settings(routes, hosts);
    return {
      requestKey: `request-${(requests += 1)}`,
      project: name,
      source: { origin, defaultBranch: 'main', private: true },
      services: [
        {
          service: 'web',
          branch: 'main',
          settings: SETTINGS,
          environments: [{ settings: environment, branch: 'main', autoDeploy: true }],
        },
      ],
      drafts: [draft(name, 'web', { origin, byName: true, environments: [environment] })],
      expected: {},
      onlyNew: false,
    };
  };
  return {
    name,
    key,
    request,
    admit: (routes: readonly Route[], hosts: readonly string[] = ['one']) => catalogue.admit(request(routes, hosts)),
    /** The newest release goes live; those before it have ended. */
    async goLive() {
      const all = await db.select().from(releases).where(eq(releases.project, name)).orderBy(releases.sequence);
      const newest = all.at(-1);
      if (!newest) throw new Error('nothing was admitted');
      await db.update(releases).set({ state: 'completed' }).where(eq(releases.project, name));
      const id = deploymentId(key, newest.sequence);
      const { sequence, ref, commit, subject, actorKind, actorName } = newest;
      await db.insert(deployments).values({
        ...{ id, releaseId: newest.id, ...key, sequence, byName: true, ref, commit, subject, actorKind, actorName },
        ...{ image: `registry/web@${DIGEST}`, digest: DIGEST, createdAt: new Date() },
      });
      const live = { deploymentId: id, sequence, generation: sequence, commit: COMMIT, image: 'x', digest: DIGEST };
      await db
        .insert(environmentLive)
        .values({ ...key, live, since: new Date() })
        .onConflictDoUpdate({
          target: [environmentLive.project, environmentLive.service, environmentLive.environment],
          set: { live },
        });
    },
    async end() {
      await db.update(releases).set({ state: 'failed' }).where(eq(releases.project, name));
    },
  };
}

test('of two projects that claim one name at the same instant, exactly one gets it, and the other is told by whom', async () => {
  const rivals = Array.from({ length: 8 }, (_, index) => project(100 + index));
  const answers = await Promise.all(rivals.map((one) => one.admit([at('race.example.com')])));
  const won = answers.findIndex(({ kind }) => kind === 'admitted');
  expect(answers.filter(({ kind }) => kind === 'admitted')).toHaveLength(1);
  for (const answer of answers.filter(({ kind }) => kind !== 'admitted')) {
    expect(answer).toMatchObject({
      kind: 'route taken',
      taken: {
        route: at('race.example.com'),
        by: `${String(rivals[won]?.name)}.web.production`,
        place: { name: 'one' },
      },
    });
  }
  // Nothing of the others was written, so they hold none of it.
  expect(await catalogue.routesOfOthers('none')).toEqual([
    expect.objectContaining({ by: `${String(rivals[won]?.name)}.web.production` }),
    expect.objectContaining({ by: `${String(rivals[won]?.name)}.web.production` }),
  ]);
  await rivals[won]?.end();
  await rivals[won]?.admit([]);
});

test('another path, another name and another host are free; the same request gets its answer again', async () => {
  const [one, two] = [project(1), project(2)];
  expect(await one.admit([at('a.example.com'), at('a.example.com', '/x')])).toMatchObject({ kind: 'admitted' });
  for (const [routes, hosts] of [
    [[at('a.example.com', '/api')], ['one']],
    [[at('b.a.example.com')], ['one']],
    [[at('a.example.com')], ['two']],
  ] as const) {
    expect(await two.admit(routes, hosts)).toMatchObject({ kind: 'admitted' });
  }
  expect(await two.admit([at('b.example.com'), at('a.example.com', '/x')], ['two', 'one'])).toMatchObject({
    kind: 'route taken',
    taken: { route: at('a.example.com', '/x'), place: { name: 'one' } },
  });
  // Its own names are no rivals, whatever the branch.
  const again = one.request([at('a.example.com')], ['one']);
  const first = await catalogue.admit(again);
  expect(first).toMatchObject({ kind: 'admitted' });
  expect(await catalogue.admit(again)).toEqual(first);
});

test('a name is free when neither the newest landfall.yaml, nor what is live, nor what is on its way has it any more', async () => {
  const [owner, heir] = [project(11), project(12)];
  const name = at('heir.example.com');
  const taken = { kind: 'route taken', taken: { by: 'r11.web.production' } };
  await owner.admit([name]);
  await owner.goLive();
  // The file has dropped it, and the version that runs has not.
  await owner.admit([]);
  expect(await heir.admit([name])).toMatchObject(taken);
  await owner.goLive();
  expect(await heir.admit([name])).toMatchObject({ kind: 'admitted' });
  // A return to the version that had it is refused now, and names the new owner.
  expect(await owner.admit([name])).toMatchObject({ kind: 'route taken', taken: { by: 'r12.web.production' } });

  // One that failed before it was ever live: its file has the name still.
  await heir.end();
  expect(await owner.admit([name])).toMatchObject({ kind: 'route taken' });
  await heir.admit([]);
  // What is on its way there has it: the release of before waits for an approval, say.
  expect(await owner.admit([name])).toMatchObject({ kind: 'admitted' });
});

test('who has it is called as people call it now', async () => {
  const [owner, other] = [project(21), project(22)];
  await owner.admit([at('moved.example.com')]);
  await moveName(db, { project: 'r21' }, { project: 'store' });
  expect(await other.admit([at('moved.example.com')])).toMatchObject({ taken: { by: 'store.web.production' } });
  expect(await catalogue.routesOfOthers('r22')).toContainEqual(expect.objectContaining({ by: 'store.web.production' }));
  expect(await owner.admit([at('moved.example.com')])).toMatchObject({ kind: 'admitted' });
});
