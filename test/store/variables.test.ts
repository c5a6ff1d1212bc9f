import { createSecretKey, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { failureOf } from '../../contracts/core/failures.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { MAX_VARIABLES, type VariableKind, type VariableValues } from '../../contracts/config/variables.ts';
import type { Store } from '../../store/open.ts';
import {
  changeVariables,
  createVariableSource,
  listVariables,
  rotateSecrets,
  valuesOf,
} from '../../store/queries/variables.ts';
import type { Keyring } from '../../store/sealing.ts';
import { openTestStore } from './support/databases.ts';

const AT = Date.UTC(2026, 0, 2, 12);
const key = (id: string) => ({ id, key: createSecretKey(randomBytes(32)) });
const OLD = key('old');
const KEYS: Keyring = [OLD];

describe('variables', () => {
  let store: Store;
  let environments = 0;
  beforeAll(async () => {
    store = await openTestStore();
  });

  function scene() {
    environments += 1;
    const environment = { project: 'shop', service: `s${environments}`, environment: 'production' };
    return {
      key: environment,
      set: (kind: VariableKind, values: Readonly<Record<string, string>>, by = 'ada') =>
        changeVariables(store.db, KEYS, {
          key: environment,
          set: Object.entries(values).map(([name, value]) => ({ name, kind, value: new Secret(value) })),
          unset: [],
          by,
          at: AT,
        }),
      unset: (...names: string[]) =>
        changeVariables(store.db, KEYS, { key: environment, set: [], unset: names, by: 'bob', at: AT }),
      values: async (deployment: number, revision?: number, keys = KEYS) =>
        shown(
          await valuesOf(store.db, keys, {
            key: environment,
            deploymentId: `shop.${environment.service}.production.${deployment}`,
            ...(revision !== undefined && { revision, restoring: true }),
          }),
        ),
      list: () => listVariables(store.db, environment),
    };
  }
  const shown = (values: VariableValues | null) =>
    values && {
      revision: values.revision,
      ...values.variables,
      ...Object.fromEntries(Object.entries(values.secrets).map(([name, value]) => [name, `secret ${value.reveal()}`])),
    };

  test('every change makes a revision, and every revision keeps its values [B17]', async () => {
    const { set, unset, values } = scene();
    expect(await set('variable', { LEVEL: 'info', COLOUR: 'red' })).toEqual({
      revision: 1,
      changed: ['LEVEL', 'COLOUR'],
    });
    expect(await set('secret', { TOKEN: 'first-token' })).toEqual({ revision: 2, changed: ['TOKEN'] });
    expect(await set('secret', { TOKEN: 'second-token' })).toEqual({ revision: 3, changed: ['TOKEN'] });
    expect(await unset('LEVEL', 'NOT_THERE')).toEqual({ revision: 4, changed: ['LEVEL'] });

    expect(await values(1, 1)).toEqual({ revision: 1, LEVEL: 'info', COLOUR: 'red' });
    expect(await values(1, 2)).toEqual({ revision: 2, LEVEL: 'info', COLOUR: 'red', TOKEN: 'secret first-token' });
    expect(await values(1, 3)).toEqual({ revision: 3, LEVEL: 'info', COLOUR: 'red', TOKEN: 'secret second-token' });
    expect(await values(1, 4)).toEqual({ revision: 4, COLOUR: 'red', TOKEN: 'secret second-token' });
  });

  test('what changes nothing makes no revision; setting a secret always does, so that nobody can guess at it [B17]', async () => {
    const { set, unset } = scene();
    await set('variable', { LEVEL: 'info' });
    expect(await set('variable', { LEVEL: 'info' })).toEqual({ revision: 1, changed: [] });
    expect(await unset('NOT_THERE')).toEqual({ revision: 1, changed: [] });
    await set('secret', { TOKEN: 'same-token' });
    expect(await set('secret', { TOKEN: 'same-token' })).toEqual({ revision: 3, changed: ['TOKEN'] });
    expect(await set('secret', { LEVEL: 'info' })).toEqual({ revision: 4, changed: ['LEVEL'] });
  });

  test('a deployment keeps the revision that it was given, whatever changes meanwhile [B17]', async () => {
    const { set, values } = scene();
    await set('variable', { LEVEL: 'info' });
    const first = await values(1);
    await set('variable', { LEVEL: 'debug' });
    expect(await values(1)).toEqual(first);
    expect(await values(2)).toEqual({ revision: 2, LEVEL: 'debug' });
  });

  test('a deployment that asks for an older revision keeps that one; asking for another to restore it changes nothing [B17]', async () => {
    const { key: environment, set, values } = scene();
    await set('variable', { LEVEL: 'info' });
    await set('variable', { LEVEL: 'debug' });
    const deploymentId = `shop.${environment.service}.production.1`;
    const back = await valuesOf(store.db, KEYS, { key: environment, deploymentId, revision: 1 });
    expect(back?.variables).toEqual({ LEVEL: 'info' });
    expect(await values(1, 2)).toEqual({ revision: 2, LEVEL: 'debug' });
    expect(await values(1)).toEqual({ revision: 1, LEVEL: 'info' });
  });

  test('a deployment that found nothing set keeps that, on all its hosts [B17]', async () => {
    const { set, values } = scene();
    expect(await values(1)).toBeNull();
    await set('variable', { LEVEL: 'info' });
    expect(await values(1)).toBeNull();
  });

  test('hosts that ask at the same time are given the same revision [B13][B17]', async () => {
    const { set, values } = scene();
    await set('variable', { LEVEL: 'info' });
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => values(1)),
      set('variable', { LEVEL: 'debug' }).then(() => values(1)),
    ]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test('changes at the same time all count, one revision each [B17]', async () => {
    const { set, values } = scene();
    const names = Array.from({ length: 8 }, (_, index) => `NAME_${index}`);
    const changes = await Promise.all(names.map((name) => set('variable', { [name]: 'x' })));
    expect(changes.map(({ revision }) => revision).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(Object.keys((await values(1)) ?? {})).toEqual(['revision', ...names]);
  });

  test('the list tells names, values of variables, who and when, and no value of a secret [B17]', async () => {
    const { set, list } = scene();
    await set('variable', { LEVEL: 'info' }, 'ada');
    await set('secret', { TOKEN: 'never-to-be-seen' }, 'bob');
    const view = await list();
    const changedAt = new Date(AT).toISOString();
    expect(view.revision).toBe(2);
    expect(view.variables).toEqual([
      { name: 'LEVEL', kind: 'variable', value: 'info', revision: 1, changedAt, changedBy: 'ada' },
      { name: 'TOKEN', kind: 'secret', value: null, revision: 2, changedAt, changedBy: 'bob' },
    ]);
  });

  test('no row of the database holds a secret [B17]', async () => {
    const { set } = scene();
    await set('secret', { TOKEN: 'sealed-canary-4711' });
    const rows = JSON.stringify(await store.db.execute(sql`select * from variable_values`));
    expect(rows).toContain('keyId');
    for (const form of ['sealed-canary-4711', Buffer.from('sealed-canary-4711').toString('base64')]) {
      expect(rows).not.toContain(form);
    }
  });

  test('a row that somebody moves to another environment does not open there [B17]', async () => {
    const [mine, other] = [scene(), scene()];
    await mine.set('secret', { TOKEN: 'of-the-first-one' });
    await other.set('secret', { TOKEN: 'of-the-other-one' });
    await store.db.execute(
      sql`update variable_values set sealed = (select sealed from variable_values where service = ${mine.key.service}) where service = ${other.key.service}`,
    );
    const refused: unknown = await other.values(1).catch((error: unknown) => error);
    expect(failureOf(refused)).toMatchObject({ type: 'SecretUnreadable', message: expect.stringContaining('moved') });
    expect(String(refused)).not.toContain('of-the-');
    await store.db.execute(sql`delete from variable_values where service = ${other.key.service}`);
  });

  test('rotation seals everything anew, old revisions too, after which the old key is not needed; twice does no harm [B17]', async () => {
    const { set, values } = scene();
    await set('secret', { TOKEN: 'first-token' });
    await set('secret', { TOKEN: 'second-token' });
    const fresh = key('fresh');

    expect(await rotateSecrets(store.db, [fresh, OLD])).toBeGreaterThanOrEqual(2);
    expect(await rotateSecrets(store.db, [fresh, OLD])).toBe(0);

    expect(await values(1, 1, [fresh])).toEqual({ revision: 1, TOKEN: 'secret first-token' });
    expect(await values(1, 2, [fresh])).toEqual({ revision: 2, TOKEN: 'secret second-token' });
    await expect(values(1, 1, [OLD])).rejects.toThrow(/key fresh, and Landfall has old/);
    await rotateSecrets(store.db, [OLD, fresh]);
  });

  test('more than an environment may have are refused, and nothing of the change is kept [B17]', async () => {
    const { set, list } = scene();
    const many = Object.fromEntries(Array.from({ length: MAX_VARIABLES }, (_, index) => [`NAME_${index}`, 'x']));
    await set('variable', many);
    await expect(set('variable', { ONE_MORE: 'x', NAME_0: 'y' })).rejects.toThrow(/would have 201/);
    const view = await list();
    expect(view.revision).toBe(1);
    expect(view.variables).toHaveLength(MAX_VARIABLES);
  });

  test('more than a process can be given are refused by name and size, and fewer are let in again [B17]', async () => {
    const { set, unset, list } = scene();
    const large = (count: number, from = 0) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`NAME_${from + index}`, 'x'.repeat(32_768)]));
    await set('variable', large(16));
    await set('secret', large(15, 16));

    const refused: unknown = await set('secret', { ...large(3, 31), LEVEL: 'debug' }).catch((error: unknown) => error);

    expect(failureOf(refused)).toMatchObject({
      type: 'InvalidRequest',
      message: expect.stringMatching(/would have \d{7} bytes, and 1048576 are .* NAME_\d+ \(32768 bytes\)/),
    });
    expect(String(refused)).not.toContain('xxx');
    expect((await list()).revision).toBe(2);
    await unset('NAME_0', 'NAME_1');
    await set('secret', large(2, 31));
  });

  test('a revision that this database never had is refused by its number [B17]', async () => {
    const { set, values } = scene();
    await set('variable', { LEVEL: 'info' });
    await expect(values(1, 7)).rejects.toThrow(/has no revision 7/);
  });

  test('a database that is away is said to be [B17]', async () => {
    const other = await openTestStore();
    await other.close();
    const source = createVariableSource(other.db, KEYS);
    const question = { key: scene().key, deploymentId: 'shop.web.production.1' };
    const refused: unknown = await source.valuesOf(question).catch((error: unknown) => error);
    expect(failureOf(refused)?.type).toBe('StoreUnavailable');
  });
});
