import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import type { AdmissionRequest } from '../../contracts/admission/admission.ts';
import type { Database } from '../../store/open.ts';
import { createCatalogue } from '../../store/queries/catalogue.ts';
import { recordBuild, recordBuildState } from '../../store/queries/record-build.ts';
import { declareService } from '../../store/queries/services.ts';
import { environments, installations, releases, services } from '../../store/schema.ts';
import { openTestStore } from './support/databases.ts';
import { COMMIT, DIGEST, draft, environment, gitHub, SETTINGS } from './support/samples.ts';
import { fromOne } from '../support/clock.ts';

const sha = (number: number) => number.toString(16).padStart(40, '0');

describe('admission', () => {
  let db: Database;
  let catalogue: ReturnType<typeof createCatalogue>;
  let used = 0;
  beforeAll(async () => {
    ({ db } = await openTestStore());
    catalogue = createCatalogue(db, fromOne);
  });

  /** A repository of the test's own, whose project is `p{number}`. */
  function repository() {
    const id = (used += 1);
    const project = `p${id}`;
    const origin = gitHub(String(id));
    const request = (
      requestKey: string,
      more: Partial<AdmissionRequest> & { commit?: string } = {},
    ): AdmissionRequest => ({
      requestKey: `${project}/${requestKey}`,
      project,
      source: { origin, defaultBranch: 'main', private: true },
      services: [listing('web')],
      drafts: [draft(project, 'web', { origin, commit: more.commit ?? COMMIT })],
      expected: {},
      onlyNew: true,
      ...more,
    });
    const byName = (commit: string) => [draft(project, 'web', { origin, commit, byName: true })];
    return { project, origin, request, byName, newest: () => catalogue.newest(origin, 'main') };
  }
  const listing = (service: string) => ({
    service,
    branch: 'main',
    settings: SETTINGS,
    environments: [{ settings: environment('production'), branch: 'main', autoDeploy: true }],
  });
  const sequences = async (project: string) =>
    (await db.select().from(releases).where(eq(releases.project, project)).orderBy(releases.sequence)).map(
      ({ sequence, commit }) => ({ sequence, commit }),
    );

  test('the same request gets the same release again, also when thirty ask at once [B1][F1]', async () => {
    const { project, request } = repository();
    const answers = await Promise.all(Array.from({ length: 30 }, () => catalogue.admit(request('one'))));
    const ids = answers.map((answer) => answer.kind === 'admitted' && answer.releases.map((one) => one.releaseId));
    expect(new Set(ids.map(String))).toEqual(new Set([`${project}.web.1`]));
    expect(await catalogue.admitted(`${project}/one`)).toMatchObject([
      { releaseId: `${project}.web.1`, commit: COMMIT },
    ]);
    // The answer stays even when the request now has another commit.
    expect(await catalogue.admit(request('one', { commit: sha(9) }))).toMatchObject({ releases: [{ commit: COMMIT }] });
  });

  test('numbers never fall behind the clock: what was forgotten is not given again [B4]', async () => {
    const { project, request, byName } = repository();
    const seconds = 1_800_000_000;
    const at = (ms: number) => createCatalogue(db, () => ms);
    const admit = async (key: string, ms: number) => {
      const answer = await at(ms).admit(request(key, { drafts: byName(sha(1)) }));
      return answer.kind === 'admitted' ? answer.releases[0]?.sequence : answer.kind;
    };
    expect(await admit('first', seconds * 1_000)).toBe(seconds);
    // Several within a second, and a clock that is set back: they still rise.
    expect(await admit('second', seconds * 1_000 + 999)).toBe(seconds + 1);
    expect(await admit('third', 5_000)).toBe(seconds + 2);
    // The store is put back as it was before all of them, and forgets that they were.
    await db.delete(releases).where(eq(releases.project, project));
    await db.update(services).set({ lastSequence: 0 }).where(eq(services.project, project));
    expect(await admit('fourth', (seconds + 60) * 1_000)).toBe(seconds + 60);
    // Beyond what 32 bits hold.
    expect(await admit('in 2038', 2 ** 31 * 1_000)).toBe(2 ** 31);
  });

  test('thirty different requests at once get thirty numbers in a row [B4]', async () => {
    const { project, request, byName } = repository();
    const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
    await Promise.all(numbers.map((one) => catalogue.admit(request(`${one}`, { drafts: byName(sha(one)) }))));
    expect((await sequences(project)).map(({ sequence }) => sequence)).toEqual(numbers);
  });

  test('a head that was read before another was admitted is refused, and nothing is written [B4]', async () => {
    const { project, request, newest } = repository();
    await catalogue.admit(request('new', { commit: sha(2) }));
    const stale = request('old', { commit: sha(1), services: [listing('web'), listing('api')] });
    expect(await catalogue.admit(stale)).toEqual({ kind: 'moved' });
    expect(await sequences(project)).toEqual([{ sequence: 1, commit: sha(2) }]);
    expect(await db.select().from(services).where(eq(services.project, project))).toHaveLength(1);

    const expected = await newest();
    expect(expected).toEqual({ [`${project}.web`]: 1 });
    expect(await catalogue.admit(request('newer', { commit: sha(3), expected }))).toMatchObject({
      releases: [{ sequence: 2 }],
    });
  });

  test('a head that is released already gives nothing new to a push, and a new release to a request [B4]', async () => {
    const { project, request } = repository();
    await catalogue.admit(request('first'));
    expect(await catalogue.admit(request('again'))).toEqual({
      kind: 'admitted',
      releases: [],
      known: { web: `${project}.web.1` },
    });
    expect(await catalogue.admit(request('asked', { onlyNew: false }))).toMatchObject({ releases: [{ sequence: 2 }] });
  });

  test('a head that is released to some environments only goes to all of them with the next push [B4]', async () => {
    const { project, origin, request } = repository();
    const to = (...names: string[]) => [draft(project, 'web', { origin, environments: names.map(environment) })];
    await catalogue.admit(request('staging', { drafts: to('staging') }));
    expect(await catalogue.admit(request('push', { drafts: to('staging', 'production') }))).toMatchObject({
      releases: [{ sequence: 2 }],
      known: {},
    });
  });

  test('a commit that was asked for by name does not make the head it replaced look new [B4]', async () => {
    const { request, byName, newest } = repository();
    await catalogue.admit(request('head', { commit: sha(5) }));
    await catalogue.admit(request('back', { drafts: byName(sha(4)) }));
    expect(Object.values(await newest())).toEqual([1]);
    expect(await catalogue.admit(request('redelivered', { commit: sha(5) }))).toMatchObject({ releases: [] });
  });

  test('services of one push are admitted together, or none is [B4]', async () => {
    const { project, origin, request } = repository();
    const both = (commit: string) => ['api', 'web'].map((service) => draft(project, service, { origin, commit }));
    const listed = ['web', 'api'].map(listing);
    await catalogue.admit(request('web', { commit: sha(2) }));
    const stale = request('both', { services: listed, drafts: both(sha(1)) });
    expect(await catalogue.admit(stale)).toEqual({ kind: 'moved' });
    expect(await sequences(project)).toHaveLength(1);
    expect(
      await catalogue.admit(
        request('both', { services: listed, drafts: both(sha(3)), expected: { [`${project}.web`]: 1 } }),
      ),
    ).toMatchObject({ releases: [{ releaseId: `${project}.api.1` }, { releaseId: `${project}.web.2` }] });
  });

  test("a project's name belongs to the source that came first [B4]", async () => {
    const { project, request } = repository();
    const other = repository();
    await catalogue.admit(request('one'));
    const theft = { ...other.request('theft'), project, drafts: [draft(project, 'web', { origin: other.origin })] };
    expect(await catalogue.admit(theft)).toEqual({ kind: 'taken', by: `acme/repository-${project.slice(1)}` });
    const cloneUrl = 'https://git.example/other.git';
    expect(await declareService(db, { project, service: 'web', cloneUrl, branch: 'main' })).toMatchObject({
      ok: false,
    });
    expect(await sequences(project)).toHaveLength(1);
  });

  test('services, repositories and environments are remembered as they were read last [B3][B4]', async () => {
    const { project, origin, request } = repository();
    await catalogue.admit(request('one'));
    const renamed = { ...origin, repository: 'acme/renamed', cloneUrl: 'https://git.example/acme/renamed.git' };
    const staging = { settings: environment('staging'), branch: 'next', autoDeploy: false };
    await catalogue.admit(
      request('two', {
        source: { origin: { ...renamed, installationId: '8' }, defaultBranch: 'trunk', private: false },
        services: [{ service: 'web', branch: 'trunk', settings: null, environments: [staging] }],
        drafts: [],
      }),
    );
    expect(await catalogue.service({ project, service: 'web' })).toEqual({
      branch: 'trunk',
      origin: { ...renamed, installationId: '8' },
    });
    expect(await catalogue.installationOf(origin.repositoryId)).toBe('8');
    expect(await db.select().from(installations).orderBy(installations.id)).toMatchObject([
      { id: '7', account: 'acme' },
      { id: '8', account: 'acme' },
    ]);
    expect(await db.select().from(services).where(eq(services.project, project))).toMatchObject([
      { settings: SETTINGS },
    ]);
    expect(await db.select().from(environments).where(eq(environments.project, project))).toMatchObject([
      { environment: 'staging', branch: 'next', autoDeploy: false },
    ]);
  });

  test('a service of a public Git URL is declared, and again with another branch [B11]', async () => {
    const service = { project: 'git-only', service: 'web', cloneUrl: 'https://git.example/a.git' };
    expect(await declareService(db, { ...service, branch: 'main' })).toEqual({ ok: true });
    expect(await declareService(db, { ...service, branch: 'next' })).toEqual({ ok: true });
    expect(await catalogue.service(service)).toEqual({
      branch: 'next',
      origin: { kind: 'git', cloneUrl: service.cloneUrl },
    });
    expect(await catalogue.service({ project: 'no', service: 'such' })).toBeUndefined();
    expect(await catalogue.installationOf('404')).toBeUndefined();
  });

  test('an image is found again by commit and by what decides its content, newest first [A9]', async () => {
    const key = { project: 'images-only', service: 'web' };
    const settings = SETTINGS.build;
    for (const number of [1, 2]) {
      const buildId = `${key.project}.web.${number}`;
      const build = { buildId, key, origin: gitHub('1'), commit: COMMIT, settings, extraTags: [] };
      await recordBuild(db, { build, releaseId: buildId, at: number });
      await recordBuildState(db, {
        buildId,
        state: 'completed',
        at: number,
        image: `image-${number}`,
        digest: DIGEST,
        builder: 'dockerfile',
      });
    }
    const of = async (more: Partial<typeof settings>, commit = COMMIT) =>
      (await catalogue.imagesOf({ key, commit, settings: { ...settings, ...more } })).map(({ image }) => image);
    expect(await of({})).toEqual(['image-2', 'image-1']);
    expect(await of({ timeoutMs: 1, contextLimitBytes: 1, args: { A: '1', B: '2' } })).toEqual(['image-2', 'image-1']);
    expect(await of({ args: { A: '1', B: '3' } })).toEqual([]);
    expect(await of({ root: 'elsewhere' })).toEqual([]);
    expect(await of({}, sha(1))).toEqual([]);
  });
});
