/** The addresses that a step of a Dockerfile reaches, by builds of a real engine. */
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createIsolation } from '../../../activities/build/isolation/prove.ts';
import { rulesProgram } from '../../../activities/build/isolation/rules-program.ts';
import { PodmanError, type PodmanClient } from '../../../activities/podman/client.ts';
import { createEngineInfo } from '../../../activities/podman/info.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import { failure } from '../../../contracts/core/failures.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { failing, perform, startBuildHost } from './build-host.ts';
import { writeBusyboxBuild } from './dockerfiles.ts';

const B = '/b/busybox';
const host = await startBuildHost('bclosed');

/** It answers whoever reaches it at any address of this machine. */
const service = createServer((socket) => socket.end('reached\n'));
await new Promise<void>((resolve) => service.listen(0, '0.0.0.0', resolve));
onCleanup(() => void service.close());
const { port } = service.address() as AddressInfo;

const own = Object.values(networkInterfaces())
  .flatMap((some) => some ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
if (own === undefined)
  console.warn('This machine has no address but its loopback: what is its own is not tested here.');
const onOwn = own === undefined || process.arch !== 'x64' ? test.skip : test;

let builds = 0;

/**
 * A step's result for each address: how the connection was refused, or which answer came; `seconds` for all of them
 * together.
 */
async function reached(addresses: readonly (readonly [string, number])[], settings: object = {}) {
  builds += 1;
  const asks = addresses.map(
    ([address, at]) => `echo "${address}: $(${B} timeout 3 ${B} nc ${address} ${at} </dev/null 2>&1 | ${B} tail -n 1)"`,
  );
  const commit = host.repository.commitFolder((at) =>
    writeBusyboxBuild(
      at,
      `RUN ${asks.join('; ')}; ${B} ip rule; ${B} ip rule del pref 200; ${B} cat /etc/resolv.conf; true`,
    ),
  );
  const step = host.step(`bclosed.web.${builds}`, commit);
  const activities = host.activities({ host: HostSettings.parse({ ...host.host, ...settings }) });
  await perform(() => activities.fetchSource(step));
  await perform(() => activities.buildImage(step));
  const log = host.log();
  await perform(() => activities.cleanBuild(step));
  const said = addresses.map(
    ([address]) => new RegExp(`^${address.replaceAll('.', '\\.')}: (.*)$`, 'm').exec(log)?.[1],
  );
  return { said, log };
}

const METADATA = ['169.254.169.254', '169.254.170.2', '168.63.129.16', '100.100.100.200'];
const REFUSED = expect.stringMatching(/Permission denied$/);

describe('a step of a Dockerfile', () => {
  onOwn(
    'reaches neither a cloud’s metadata service nor its host, at any address of it, and cannot change that [B7][B16]',
    async () => {
      const { stdout } = await host.engine.podman([
        'network',
        'inspect',
        'podman',
        '--format',
        '{{(index .Subnets 0).Gateway}}',
      ]);
      const closed = [
        ...METADATA.map((address) => [address, 80] as const),
        [own ?? '', port],
        [stdout.trim(), port],
      ] as const;

      const { said, log } = await reached(closed);

      expect(said).toEqual(closed.map(() => REFUSED));
      expect(log).not.toContain('reached');
      expect(log).toMatch(/^ip: RTNETLINK answers: Operation not permitted$/m);
      // Names are looked up all the same, wherever the resolver is.
      expect(log).toMatch(/^110:.*lookup main/m);
      expect(log).toMatch(/^nameserver /m);
      expect(await host.leftovers(`bclosed.web.${builds}`)).toEqual([]);
    },
  );

  onOwn('reaches what a host’s settings open, and not what they close [B7]', async () => {
    const open = await reached(
      [
        [own ?? '', port],
        ['169.254.169.254', 80],
      ],
      { buildAllow: [`${own}`] },
    );
    expect(open.said).toEqual(['reached', REFUSED]);

    const further = await reached(
      [
        [own ?? '', port],
        ['10.255.255.1', 80],
        ['198.18.0.9', 80],
      ],
      {
        buildDeny: ['private', '198.18.0.0/15'],
      },
    );
    expect(further.said).toEqual(['reached', REFUSED, REFUSED]);

    const all = await reached([[own ?? '', port]], { buildDeny: [] });
    expect(all.said).toEqual(['reached']);
    expect(all.log).not.toMatch(/^200:/m);
  });
});

describe('whether addresses can be closed', () => {
  const onProbed = process.arch === 'x64' ? test : test.skip;
  type Json = PodmanClient['json'];

  /**
   * The proof with an engine that fails at the first look or at all of them, where a network is made or its rules are
   * set.
   */
  const proven = (looks: number, trouble: Readonly<Record<string, () => unknown>>) => {
    const seen = new Map<string, number>();
    const json = (async (method, path, call) => {
      const name = Object.keys(trouble).find((one) => path.endsWith(one));
      const before = seen.get(name ?? '') ?? 0;
      if (name === undefined || before === looks) return host.podman.json(method, path, call);
      seen.set(name, before + 1);
      return trouble[name]?.();
    }) as Json;
    const podman = { ...host.podman, json };
    return createIsolation(host.host, podman, createEngineInfo(podman)).prove(AbortSignal.timeout(60_000));
  };
  const throws = (error: Error) => () => {
    throw error;
  };
  const BUSY = {
    'the engine answers 500': { '/containers/create': throws(new PodmanError(500, 'database is locked')) },
    'the engine is away': { '/containers/create': throws(failure('EngineUnavailable', 'no such file')) },
    'the engine takes too long': { '/networks/json': throws(new DOMException('too long', 'TimeoutError')) },
    'the kernel lacks memory': { '.rules/wait': () => 12 },
  };

  onProbed.each(Object.entries(BUSY).filter(([when]) => when !== 'the engine is away'))(
    'is looked at again where %s, once [B7][F1]',
    async (_, trouble) => {
      expect(await proven(1, trouble)).toMatchObject({ holds: { closes: true } });
    },
  );

  onProbed.each(Object.entries(BUSY))(
    'is not given up where %s each time: the build waits [B7][F1]',
    async (_, trouble) => {
      expect((await failing(proven(Number.POSITIVE_INFINITY, trouble))).type).toBe('EngineUnavailable');
    },
  );

  onProbed.each<[string, Readonly<Record<string, () => unknown>>]>([
    ['the kernel takes no rules', { '.rules/wait': () => 95 }],
    ['the engine knows no such network', { '/containers/create': throws(new PodmanError(400, 'no such mode')) }],
  ])('is no where %s, and the build says that they are open [B7]', async (_, trouble) => {
    expect(await proven(Number.POSITIVE_INFINITY, trouble)).toEqual({
      shield: { isolation: 'oci', network: 'private' },
      remark: expect.stringContaining('reach its own addresses'),
    });
  });
});

describe('the rules', () => {
  test('are whole messages for every address and network, of either kind [B7]', () => {
    const range = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map((parts) => parts.join('/')),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map((parts) => parts.join('/')),
    );
    fc.assert(
      fc.property(fc.array(range, { maxLength: 9 }), fc.array(range, { maxLength: 3 }), (deny, allow) => {
        const program = rulesProgram({ deny, allow }, 'x64') ?? Buffer.alloc(0);
        const messages: number[] = [];
        // Behind the headers (120 bytes) and the code (133).
        for (let at = 120 + 133; program.readUInt32LE(at) !== 0; at += program.readUInt32LE(at))
          messages.push(program.readUInt32LE(at));
        expect(messages).toHaveLength(deny.length + allow.length + 4);
        expect(messages.every((length) => length % 4 === 0)).toBe(true);
      }),
    );
  });

  test('a setting that is no address is refused with what it should be [B7]', () => {
    for (const bad of ['example.com', '10.0.0.0/33', 'hosts', '', '10.0.0'])
      expect(() => HostSettings.parse({ name: 'a', podmanSocket: '/p', workDir: '/w', buildDeny: [bad] })).toThrow();
    expect(HostSettings.parse({ name: 'a', podmanSocket: '/p', workDir: '/w' })).toMatchObject({
      buildDeny: ['metadata', 'host'],
      buildAllow: [],
    });
  });

  test('are none for a machine that the program is not written for [B7]', () => {
    expect(rulesProgram({ deny: [], allow: [] }, 'arm64')).toBeUndefined();
  });
});
