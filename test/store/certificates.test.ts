import { createSecretKey, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { createRecordActivities } from '../../activities/records/records.activities.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import { hostQueue } from '../../contracts/core/queues.ts';
import { Secret } from '../../contracts/core/secret.ts';
import type { Store } from '../../store/open.ts';
import { certificateViews, certificatesOf } from '../../store/queries/certificate-views.ts';
import { createCertificateLedger, resealPrivateKeys } from '../../store/queries/certificates.ts';
import { newRelease } from '../../store/queries/record-release.ts';
import { isServedAt } from '../../store/queries/served-names.ts';
import {
  acmeAccounts,
  certificateOrders,
  certificates,
  environments,
  projects,
  releases,
  services,
} from '../../store/schema.ts';
import type { Keyring } from '../../store/sealing.ts';
import { deploymentRequest, releaseInput } from '../support/simulation/fixtures.ts';
import { openTestStore } from './support/databases.ts';

const CANARY = 'canary-of-a-private-key';
const key = (id: string) => ({ id, key: createSecretKey(randomBytes(32)) });
const OLD = key('old');
const NEW = key('new');
const MINUTE = 60_000;
const NAME = 'shop.example.com';
const facts = { fingerprint: 'ab', notBefore: 1_000, notAfter: 2_000 };
const host = (name: string) => ({ name, queue: hostQueue(name) });

describe('certificates in the store', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  const ledgerWith = (keys: Keyring) => createCertificateLedger(store.db, keys);
  const account = (text: string) => ({ key: new Secret(text), thumbprint: `thumbprint ${text.slice(-1)}` });

  test('keep private keys sealed, each for its owner, and are sealed anew with the newest key [G7][B17]', async () => {
    const ledger = ledgerWith([OLD]);
    expect(await ledger.thumbprintOf('https://ca')).toBeUndefined();
    const [first, second] = await Promise.all([
      ledger.account('https://ca', account(`${CANARY} 1`)),
      ledger.account('https://ca', account(`${CANARY} 2`)),
    ]);
    expect(first.thumbprint).toBe(second.thumbprint);
    expect(await ledger.thumbprintOf('https://ca')).toBe(first.thumbprint);
    await ledger.saveOrder('other.example.com', {
      directory: 'https://ca',
      url: 'https://ca/1',
      key: new Secret(CANARY),
    });
    await ledger.saveOrder(NAME, { directory: 'https://ca', url: 'https://ca/2', key: new Secret(CANARY) });
    await ledger.issue(NAME, { ...facts, directory: 'https://ca', chain: 'chain', key: new Secret(CANARY) });
    expect(await ledger.order(NAME)).toBeUndefined();

    for (const table of [acmeAccounts, certificateOrders, certificates]) {
      const rows = await store.db.select().from(table);
      expect(rows.length).toBeGreaterThan(0);
      expect(JSON.stringify(rows)).not.toContain('canary');
    }
    await store.db.execute(sql`update certificates set name = 'moved.example.com'`);
    const refusal = await ledger.issued('moved.example.com').catch(failureOf);
    expect(refusal).toMatchObject({ type: 'SecretUnreadable' });
    await store.db.execute(sql`update certificates set name = ${NAME}`);

    expect(await resealPrivateKeys(store.db, [NEW, OLD])).toBe(3);
    expect(await resealPrivateKeys(store.db, [NEW, OLD])).toBe(0);
    const rotated = ledgerWith([NEW]);
    expect((await rotated.issued(NAME))?.key.reveal()).toBe(CANARY);
    expect((await rotated.order('other.example.com'))?.key.reveal()).toBe(CANARY);
    expect((await rotated.accountOf('https://ca'))?.key.reveal()).toBe(first.key.reveal());
    // Facts need no key, so that names are looked after also without it.
    expect(await ledger.factsOf([NAME, 'none.example.com'])).toEqual(new Map([[NAME, facts]]));
    expect(await ledger.factsOf([NAME], 'https://ca')).toHaveProperty('size', 1);
    expect(await ledger.factsOf([NAME], 'https://another')).toHaveProperty('size', 0);
    expect(await ledger.issued(NAME).catch(failureOf)).toMatchObject({
      type: 'SecretUnreadable',
      message: expect.stringMatching(
        /^The key of shop\.example\.com could not be opened: it is sealed with key new, .+ or remove its row/,
      ),
    });
  });

  test('are for the names that live services answer to, at their places, and for no other host [B18][G7]', async () => {
    const ledger = ledgerWith([OLD]);
    const { db } = store;
    await db.insert(projects).values({ name: 'shop', cloneUrl: 'https://git.example/shop.git', createdAt: new Date() });
    const live = async (
      service: string,
      hosts: readonly string[],
      paths: readonly string[],
      certificates?: 'elsewhere',
    ) => {
      const at = { project: 'shop', service, environment: 'production' };
      const asked = deploymentRequest({ key: at, sequence: 1, hosts });
      const routes = paths.map((path) => ({ host: NAME, path }));
      const names = { ...(routes.length > 0 && { routes }), ...(certificates && { certificates }) };
      const target = { ...asked.environment.target, ...names };
      const settings = { ...asked.environment, target };
      const declared = { project: 'shop', service, branch: 'main', updatedAt: new Date() };
      await db.insert(services).values({ ...declared, declared: false });
      await db
        .insert(environments)
        .values({ ...declared, environment: 'production', settings, autoDeploy: true, production: true });
      const input = releaseInput({ key: at, sequence: 1, environments: [settings] });
      await db.insert(releases).values({ ...newRelease(input, asked.releaseId, new Date()), state: 'completed' });
      const records = createRecordActivities({ db });
      await records.recordDeployment({ request: { ...asked, environment: settings }, at: 1 });
      const { deploymentId, commit, image, digest } = asked;
      await records.recordLive({
        ...{ key: at, at: 1, previous: null },
        live: { ...{ deploymentId, sequence: 1, generation: 1 }, commit, image, digest },
      });
      return at;
    };
    const web = await live('web', ['host-a', 'host-b'], ['/']);
    await live('api', ['host-b', 'host-c'], ['/api', '/hooks']);
    const silent = await live('worker', ['host-d'], []);
    // Its places bring their own.
    const foreign = await live('shop', ['host-e'], ['/shop'], 'elsewhere');

    const names = (places: readonly { readonly name: string }[]) => places.map(({ name }) => name).toSorted();
    expect(names(await ledger.placesOf(NAME))).toEqual(['host-a', 'host-b', 'host-c']);
    expect(await ledger.placesOf('other.example.com')).toEqual([]);
    const served = await ledger.served(100);
    expect(served.map(({ name, places }) => [name, names(places)])).toEqual([[NAME, ['host-a', 'host-b', 'host-c']]]);
    expect(await isServedAt(db, NAME, [host('host-c').queue])).toBe(true);
    expect(await isServedAt(db, NAME, [host('host-d').queue])).toBe(false);
    expect(await isServedAt(db, NAME, [host('host-e').queue])).toBe(false);
    expect(await certificatesOf(db, foreign)).toEqual([]);

    const status = { name: NAME, state: 'valid', failure: null, at: 10, nextAt: 100 * MINUTE } as const;
    await ledger.tell(status);
    await ledger.tell({ ...status, state: 'waiting', at: 9 });
    expect(await ledger.tended([NAME, 'none.example.com'], 0)).toEqual(
      new Map([[NAME, { state: 'valid', failure: null }]]),
    );
    expect(await ledger.tended([NAME], 105 * MINUTE)).toHaveProperty('size', 1);
    expect(await ledger.tended([NAME], 120 * MINUTE)).toHaveProperty('size', 0);
    const look = { name: NAME, source: 'acme', fingerprint: 'ab', notAfter: 2_000, problem: null } as const;
    await ledger.saw('host-a', [look], 20);
    await ledger.saw('host-a', [{ ...look, problem: 'older' }], 19);
    // A host that the name has left, and one that never had it.
    await ledger.saw('host-d', [{ ...look, problem: 'left' }], 19);
    await ledger.saw('host-a', [{ ...look, name: 'own.example.com' }], 20);
    await ledger.tell({ ...status, name: 'own.example.com' });
    expect(await certificatesOf(db, web)).toMatchObject([
      { name: NAME, state: 'valid', failure: null, places: [{ place: 'host-a', source: 'acme', problem: null }] },
    ]);
    expect((await certificateViews(db)).map(({ name, places }) => [name, places.map(({ place }) => place)])).toEqual([
      ['own.example.com', ['host-a']],
      [NAME, ['host-a']],
    ]);
    expect(await certificatesOf(db, silent)).toEqual([]);
    await ledger.forget('own.example.com');
    expect(await ledger.names()).toEqual([NAME]);
    await ledger.forget(NAME);
    expect(await ledger.names()).toEqual([]);
    expect(await certificatesOf(db, web)).toEqual([]);
  });
});
