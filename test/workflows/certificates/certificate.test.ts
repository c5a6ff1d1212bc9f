/** The life of a certificate, on a server on which months take no time. */
import { activityInfo } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { beforeAll, expect, test } from '@jest/globals';
import type { CertificateActivities, PlaceNames } from '../../../activities/certificates/certificates.port.ts';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { certificateWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE, hostQueue } from '../../../contracts/core/queues.ts';
import type { CertificateFacts, CertificateStatusRecord } from '../../../contracts/deployment/certificate.ts';
import type { certificate } from '../../../workflows/certificates/certificate.workflow.ts';
import type { watchCertificates } from '../../../workflows/maintenance/watch-certificates.workflow.ts';
import { certificateStart, lookAgain } from '../../../workflows/messages/certificate.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { setScene, startDeployment } from '../../support/simulation/scene.ts';
import { startTimeSkippingWorld, type World } from '../world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LIFETIME = 90 * DAY;

/** One name, its authority and its places. */
interface Name {
  places: readonly string[];
  thumbprint: string | null;
  issued: CertificateFacts | null;
  /** The next orders, and what becomes of them; those after them go well. */
  readonly orders: (() => void)[];
  readonly checks: (() => void)[];
  /** By the server's clock. */
  readonly ordered: number[];
  readonly checked: number[];
  readonly told: CertificateStatusRecord[];
  /** It is answered to no more after so many certificates. */
  endsAfter: number;
  forgotten: boolean;
  /** What its places served by the last report. */
  seen: readonly (string | null)[];
}

const names = new Map<string, Name>();
const now = () => activityInfo().currentAttemptScheduledTimestampMs;
const known = (name: string): Name => {
  const found = names.get(name);
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
};
let served: readonly PlaceNames[] = [];
let toWake: readonly string[] = [];

const control: CertificateActivities = {
  lookUpName: async (name) => {
    const { places, thumbprint, issued } = known(name);
    const valid = issued && issued.notAfter > now() ? issued : null;
    return { places: places.map((host) => ({ name: host, queue: hostQueue(host) })), thumbprint, issued: valid };
  },
  checkName: async ({ name }) => {
    known(name).checked.push(now());
    known(name).checks.shift()?.();
  },
  orderCertificate: async (name) => {
    const one = known(name);
    one.ordered.push(now());
    one.orders.shift()?.();
    const number = one.ordered.length;
    one.issued = { fingerprint: `${name} ${number}`, notBefore: now(), notAfter: now() + LIFETIME };
    one.endsAfter -= 1;
    if (one.endsAfter === 0) one.places = [];
    return one.issued;
  },
  tellCertificate: async ({ seen, ...status }) => {
    const one = known(status.name);
    one.told.push(status);
    one.seen = seen.map(({ fingerprint }) => fingerprint);
  },
  forgetName: async (name) => {
    known(name).forgotten = true;
  },
  listServed: async () => ({ places: served, gone: [] }),
  recordCertificates: async () => toWake,
};

const fails = (type: FailureType, retryAfterMs?: number) => () => {
  throw failure(type, `${type}, as the test wants it`, retryAfterMs === undefined ? {} : { retryAfterMs });
};

let world: World;
beforeAll(async () => {
  world = await startTimeSkippingWorld({ hosts: ['host-a', 'host-b'], control });
}, 120_000);

function named(name: string, change: Partial<Name> = {}): Name {
  const one: Name = {
    ...{
      places: ['host-a', 'host-b'],
      thumbprint: 'thumbprint',
      issued: null,
      endsAfter: 1,
      forgotten: false,
      seen: [],
    },
    ...{ orders: [], checks: [], ordered: [], checked: [], told: [] },
    ...change,
  };
  names.set(name, one);
  return one;
}

const start = (name: string): Promise<WorkflowHandle<typeof certificate>> =>
  world.client.workflow.start<typeof certificate>('certificate', {
    taskQueue: CONTROL_QUEUE,
    ...certificateStart(name),
  });
const gaps = (times: readonly number[]): number[] => times.slice(1).map((at, index) => at - (times[index] ?? 0));
const servedAt = (name: string) => [...world.hosts.values()].map(({ certificates }) => certificates.get(name));

test('is ordered, brought to every place, and renewed with a third of its life left, for as long as something answers to the name [G7][F1]', async () => {
  const name = 'lives.example.com';
  const one = named(name, { endsAfter: 20 });
  await (await start(name)).result();
  expect(one.ordered).toHaveLength(20);
  for (const gap of gaps(one.ordered)) {
    expect(gap).toBeGreaterThan(57 * DAY);
    expect(gap).toBeLessThan(60 * DAY + HOUR);
  }
  expect(one.forgotten).toBe(true);
  expect(one.told.filter(({ state }) => state !== 'valid')).toEqual([]);
  expect(one.seen).toEqual([`${name} 20`, `${name} 20`]);
  // With the name, what served for it goes.
  expect(servedAt(name)).toEqual([undefined, undefined]);
}, 240_000);

test('what fails is tried again at its own pace; the authority is asked nothing for a name that leads elsewhere [G7]', async () => {
  const name = 'fails.example.com';
  const { NameElsewhere, CertificateAuthorityUnavailable, CertificateRateLimited, CertificateRefused } = FailureType;
  const one = named(name, {
    endsAfter: 2,
    checks: [fails(NameElsewhere), fails(NameElsewhere)],
    orders: [
      fails(CertificateAuthorityUnavailable),
      fails(CertificateRateLimited, 30 * HOUR),
      fails(CertificateRefused),
      fails(CertificateRefused),
      () => undefined,
      // The renewal: what served before serves on.
      fails(CertificateAuthorityUnavailable),
      () => expect(servedAt(name)).toEqual([`${name} 5`, `${name} 5`]),
    ],
  });
  await (await start(name)).result();

  const asked = [...one.checked].toSorted((a, b) => a - b);
  const atLeast = [MINUTE, 2 * MINUTE, 2 * MINUTE, 30 * HOUR, HOUR, 2 * HOUR];
  for (const [index, least] of atLeast.entries()) expect(gaps(asked)[index]).toBeGreaterThanOrEqual(least);
  expect(one.ordered).toHaveLength(7);
  expect(
    one.told.map(({ state, failure: why }) => why?.type ?? state).filter((word, i, all) => word !== all[i - 1]),
  ).toEqual([
    'NameElsewhere',
    'CertificateAuthorityUnavailable',
    'CertificateRateLimited',
    'CertificateRefused',
    'valid',
    'CertificateAuthorityUnavailable',
    'valid',
  ]);
  for (const { at, nextAt } of one.told) expect(nextAt).toBeGreaterThan(at);
}, 240_000);

test('a deployment has a name tried again at once; people’s own files and an ACME that is not set up order nothing [G7]', async () => {
  const name = 'mended.example.com';
  const one = named(name, { checks: [fails(FailureType.NameElsewhere)], endsAfter: 9 });
  const handle = await start(name);
  await eventually('the first try', () => one.told.length > 0, 120_000);
  expect(one.told).toMatchObject([{ state: 'waiting', failure: { type: 'NameElsewhere' } }]);
  expect(one.ordered).toEqual([]);
  await handle.signal(lookAgain);
  await eventually('a certificate', () => servedAt(name).every((at) => at === `${name} 1`), 120_000);

  const own = named('own.example.com');
  for (const host of world.hosts.values()) host.ownFiles.add('own.example.com');
  const off = named('off.example.com', { thumbprint: null });
  await start('own.example.com');
  await start('off.example.com');
  await eventually('both to be told', () => own.told.length > 0 && off.told.length > 0, 120_000);
  expect(own.told).toMatchObject([{ state: 'own', failure: null }]);
  expect(off.told).toMatchObject([{ state: 'waiting', failure: { type: 'InvalidConfiguration' } }]);
  expect([...own.ordered, ...off.ordered]).toEqual([]);
}, 240_000);

test('a deployment has its names looked after, each once, and is live without waiting for the authority [G7][B18]', async () => {
  const name = 'deployed.example.com';
  const authority = Promise.withResolvers<undefined>();
  const one = named(name, { endsAfter: 9 });
  const slow = world.faults.add({
    ...{ activity: 'orderCertificate', act: () => authority.promise },
    only: ({ input }) => input === name,
  });
  const scene = setScene(world, 'named');
  const { environment } = scene.next;
  const routes = ['/', '/api'].map((path) => ({ host: name, path }));
  const next = { ...scene.next, environment: { ...environment, target: { ...environment.target, routes } } };
  const handle = await startDeployment(world.client, next);
  expect(await handle.result()).toMatchObject({ outcome: 'live' });
  expect(one.ordered).toEqual([]);
  slow();
  authority.resolve(undefined);
  await eventually('the certificate', () => servedAt(name).every((at) => at === `${name} 1`), 120_000);
}, 240_000);

test('a deployment whose places bring their own certificates has none looked after [B18][D2]', async () => {
  const name = 'elsewhere.example.com';
  const scene = setScene(world, 'elsewhere');
  const { environment } = scene.next;
  const target = { ...environment.target, routes: [{ host: name, path: '/' }], certificates: 'elsewhere' } as const;
  const handle = await startDeployment(world.client, { ...scene.next, environment: { ...environment, target } });
  expect(await handle.result()).toMatchObject({ outcome: 'live' });
  await expect(world.client.workflow.getHandle(certificateWorkflowId(name)).describe()).rejects.toThrow();
}, 240_000);

test('the schedule has places look, and starts what is not looked after; a place that is away gets it when it is back [G7][F1]', async () => {
  const name = 'found.example.com';
  const one = named(name, { endsAfter: 9 });
  const bringBack = world.faults.add({
    activity: 'keepCertificates',
    place: 'host-b',
    act: fails(FailureType.EngineUnavailable),
  });
  served = ['host-a', 'host-b'].map((host) => ({
    ...{ name: host, queue: hostQueue(host), thumbprint: 'thumbprint' },
    names: [{ name, fingerprint: null }],
  }));
  toWake = [name];
  const watch = (id: string) =>
    world.client.workflow.execute<typeof watchCertificates>('watchCertificates', {
      taskQueue: CONTROL_QUEUE,
      workflowId: id,
    });
  expect(await watch('watch-1')).toEqual({ seen: 1, woken: [name] });
  await eventually('the certificate at one place', () => one.told.some(({ state }) => state === 'installing'), 120_000);
  bringBack();
  await world.client.workflow.getHandle(certificateWorkflowId(name)).signal(lookAgain);
  await eventually('it at both', () => one.told.some(({ state }) => state === 'valid'), 120_000);
  expect(one.ordered).toHaveLength(1);
}, 240_000);
