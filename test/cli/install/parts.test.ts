/** The units of the parts beside Landfall: what each says is started for real, as another account. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { thisMachine } from '../../../cli/install/machine.ts';
import { partUnitText } from '../../../cli/install/part-unit.ts';
import { UNIT_OF, wantedParts, type UnitPart } from '../../../cli/install/parts.ts';
import { preparePart } from '../../../cli/install/prepare.ts';
import { accountNamed, type Account } from '../../../infra/dev/accounts.ts';
import { databaseAccount } from '../../../infra/dev/postgres/account.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { othersProxy } from '../../../infra/dev/proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/tmp.ts';
import { startUnit, type Surroundings } from './started.ts';

const LIMIT_MS = 300_000;
const UP_MS = 60_000;
const isRoot = process.getuid?.() === 0;

/** An account that this machine has anyway, with a group of its name: a test makes none. */
const stranger = (): Account => {
  const account = accountNamed('daemon');
  if (account === undefined) throw new Error('This machine has no account daemon.');
  return account;
};
const accountFor = (name: string): Account | undefined => {
  if (name === 'root') return undefined;
  return name === 'landfall-db' ? databaseAccount() : stranger();
};

async function prepared() {
  const [dataDir, credentialsDir, credentialsHome] = [tempDir(), tempDir(), tempDir()];
  const parts = await wantedParts({
    ...{ dataDir, credentialsDir, credentialsHome, proxyAccount: 'daemon' },
    // The limit of open files of this machine is the test's, not that of a unit.
    settings: { plain: { LANDFALL_PROXY_MAX_CONNECTIONS: '100' }, secrets: new Map() },
    ports: { temporal: await freePort(), temporalUi: await freePort(), registry: await freePort() },
  });
  const machine = { ...thisMachine(), ensureAccount: (name: string) => accountFor(name) ?? stranger() };
  const prepare = (part: UnitPart) =>
    preparePart(machine, part, { credentialsDir, postgresBin: undefined, isActive: false });
  return { dataDir, credentialsHome, parts, prepare };
}

const partOf = (parts: readonly UnitPart[], unit: string): UnitPart => {
  const part = parts.find((one) => one.unit === unit);
  if (part === undefined) throw new Error(`There is no ${unit}.`);
  return part;
};

(isRoot ? test : test.skip)(
  'each part comes up from what its unit says, as its account: a database, Temporal, a registry with a password, and a proxy [H1][F3]',
  async () => {
    const { dataDir, credentialsHome, parts, prepare } = await prepared();
    for (const part of parts) await prepare(part);
    const pids = new Map<string, number>();
    for (const part of parts) {
      const around: Surroundings = { credentialsHome, account: accountFor, logFile: join(tempDir(), 'log') };
      pids.set(part.unit, (await startUnit(part.unit, partUnitText(part), around)).pid);
    }
    const found = Object.assign({}, ...parts.map(({ environment }) => environment)) as Record<string, string>;

    await eventually('PostgreSQL to answer', () => answersSql(found['DATABASE_URL'] ?? ''), UP_MS);
    await eventually('Temporal to answer', () => answersTemporal(found['TEMPORAL_ADDRESS'] ?? ''), UP_MS);
    const auth = JSON.parse(readFileSync(join(dataDir, 'registry-auth.json'), 'utf8')) as {
      auths: Record<string, { auth: string }>;
    };
    const registry = found['LANDFALL_REGISTRY'] ?? '';
    const login = auth.auths[registry]?.auth ?? '';
    await eventually('the registry to answer', async () => (await pushStatus(registry, login)) > 0, UP_MS);
    expect(await pushStatus(registry, login)).toBe(202);
    expect(await pushStatus(registry, '')).toBe(401);
    const proxy = await othersProxy(found['LANDFALL_PROXY_DIR'] ?? '', UP_MS);
    expect(proxy.masterSocket).toBe(join(dataDir, 'proxy', 'master.sock'));

    const master = pids.get(UNIT_OF.proxy) ?? 0;
    const [worker = 0] = childrenOf(master);
    const owners = Object.fromEntries([...pids].map(([unit, pid]) => [unit, uidOf(pid)]));
    const other = stranger().uid;
    expect({ ...owners, worker: uidOf(worker) }).toEqual({
      [UNIT_OF.database]: databaseAccount()?.uid,
      [UNIT_OF.temporal]: other,
      [UNIT_OF.registry]: other,
      [UNIT_OF.proxy]: 0,
      worker: other,
    });
  },
  LIMIT_MS,
);

async function answersSql(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<{ db: string }>('select current_database() as db')).rows[0]?.db === 'landfall';
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function answersTemporal(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '2s' });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

/** Begins an upload, which writes to its folder. */
const pushStatus = (registry: string, login: string): Promise<number> =>
  fetch(`http://${registry}/v2/some/image/blobs/uploads/`, {
    method: 'POST',
    headers: login === '' ? {} : { authorization: `Basic ${login}` },
  }).then(
    ({ status }) => status,
    () => 0,
  );

const uidOf = (pid: number): number => statSync(`/proc/${String(pid)}`).uid;
const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);

test('made ready again, a part keeps its password and its configuration; what another account left becomes its own [H1]', async () => {
  const { dataDir, parts, prepare } = await prepared();
  const registry = partOf(parts, UNIT_OF.registry);
  mkdirSync(join(dataDir, 'registry', 'images', 'docker'), { recursive: true });
  writeFileSync(join(dataDir, 'registry', 'images', 'docker', 'blob'), '');

  expect(await prepare(registry)).toBe(true);
  expect(await prepare(registry)).toBe(false);

  const owner = isRoot ? stranger().uid : statSync(dataDir).uid;
  for (const path of ['images', 'images/docker', 'images/docker/blob']) {
    expect(statSync(join(dataDir, 'registry', path)).uid).toBe(owner);
  }
  // The registry's own folder is root's: its account cannot lead root elsewhere by a link in it.
  expect(statSync(join(dataDir, 'registry')).uid).toBe(process.getuid?.());
  const proxy = partOf(parts, UNIT_OF.proxy);
  expect(await prepare(proxy)).toBe(true);
  expect(await prepare(proxy)).toBe(false);
});

test('what a setting names has no unit; the proxy may open the files that its limit needs [H1]', async () => {
  const plain = {
    TEMPORAL_ADDRESS: 'temporal:7233',
    LANDFALL_REGISTRY: 'registry:5000',
    LANDFALL_PROXY_MAX_CONNECTIONS: '100000',
  };
  const ports = { temporal: 1, temporalUi: 2, registry: 3 };
  const given = { dataDir: '/var/lib/landfall', credentialsDir: '/etc/landfall/credentials', ports };
  const some = await wantedParts({ ...given, settings: { plain, secrets: new Map() } });
  expect(some.map(({ unit }) => unit)).toEqual([UNIT_OF.database, UNIT_OF.proxy]);
  expect(partUnitText(partOf(some, UNIT_OF.proxy))).toContain('\nLimitNOFILE=200250\n');
  const none = await wantedParts({
    ...given,
    settings: {
      plain: { ...plain, LANDFALL_PROXY_MAX_CONNECTIONS: '', LANDFALL_HOSTS_FILE: '/etc/landfall/hosts.json' },
      secrets: new Map(),
    },
  });
  expect(none.map(({ unit }) => unit)).toEqual([UNIT_OF.database]);
});

test('a data folder with a colon in its name is refused, which units read as two paths [F6]', async () => {
  const [part] = await wantedParts({
    ...{
      dataDir: '/srv/a:b',
      credentialsDir: '/etc/landfall/credentials',
      settings: { plain: {}, secrets: new Map() },
    },
    ports: { temporal: 1, temporalUi: 2, registry: 3 },
  });
  expect(() => part && partUnitText(part)).toThrow('holds a colon');
});
