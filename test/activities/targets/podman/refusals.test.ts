/** Images and settings with which the real engine starts nothing: what it says, and what follows. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { PodmanError } from '../../../../activities/podman/client.ts';
import { neverRan, startFailure } from '../../../../activities/targets/podman/refusals.ts';
import { startContainer } from '../../../../activities/targets/podman/container.ts';
import { nudge } from '../../../../activities/targets/podman/lost-ports.ts';
import { isFree } from '../../../../activities/targets/podman/ports.ts';
import { failureFacts, type FailureType } from '../../../../contracts/core/failures.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { where } from '../../../../infra/dev/locate.ts';
import { freePort } from '../../../../infra/dev/process.ts';
import { eventually } from '../../../support/eventually.ts';
import { perform } from '../perform.ts';
import { PORT, publish } from '../images.ts';
import { startPodmanPlace, type PodmanScene } from '../podman-place.ts';

const place = await startPodmanPlace('refusals');
const target = place.target();

/** One image with a file for every way in which a program can be wrong. */
const script = (content: string | Buffer, mode = 0o755) => ({ content, mode });
const odd = await publish({
  repository: place.repository,
  version: 'odd',
  files: {
    '/folder/inside': { content: '' },
    '/file': { content: 'file\n' },
    '/etc/passwd': { content: 'root:x:0:0::/:/bin/sh\n' },
    '/etc/group': { content: 'root:x:0:\n' },
    '/x/plain': script('#!/bin/sh\n', 0o644),
    '/x/orphan': script('#!/no/such\n'),
    '/x/crlf': script('#!/bin/sh\r\n'),
    '/x/empty': script(''),
    '/x/bare': script('echo hi\n'),
    '/x/arm': script(Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0', 'latin1')),
    '/x/dynamic': script(dynamicElf()),
    '/x/root': script(readFileSync(where('busybox')), 0o700),
  },
});
await place.engine.podman(['pull', '--quiet', odd]);

/** A binary of this processor with one program header: PT_INTERP names /no/ld. */
function dynamicElf(): Buffer {
  const machine: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
  const elf = Buffer.alloc(136);
  elf.write('\x7fELF\x02\x01\x01', 'latin1');
  elf.writeUInt16LE(2, 16);
  elf.writeUInt16LE(machine[process.arch] ?? 62, 18);
  elf.writeBigUInt64LE(64n, 32);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(1, 56);
  elf.writeUInt32LE(3, 64);
  elf.writeBigUInt64LE(120n, 72);
  elf.writeBigUInt64LE(8n, 96);
  elf.write('/no/ld', 120);
  return elf;
}

let made = 0;
/** The engine's answer to a container of this image with these settings (libpod's SpecGenerator). */
async function refused(settings: Readonly<Record<string, unknown>>): Promise<PodmanError> {
  const name = `refused${(made += 1)}`;
  const body = { name, image: odd, netns: { nsmode: 'none' }, restart_policy: 'no', ...settings };
  try {
    await place.podman.json('POST', '/containers/create', { body });
    await place.podman.json('POST', `/containers/${name}/init`);
  } catch (error) {
    if (error instanceof PodmanError) return error;
    throw error;
  } finally {
    await place.containers.remove(name);
  }
  throw new Error('the engine took it');
}

const limit = (type: string, value: number) => ({ r_limits: [{ type, soft: value, hard: value }] });
const memory = (bytes: number) => ({ resource_limits: { memory: { limit: bytes } } });

const FINAL: readonly (readonly [string, Readonly<Record<string, unknown>>, FailureType, RegExp])[] = [
  ['a program without its x bit', { entrypoint: ['/x/plain'] }, 'InvalidConfiguration', /chmod \+x/],
  ['a folder as its program', { entrypoint: ['/folder'] }, 'InvalidConfiguration', /chmod \+x/],
  ["another user's program", { entrypoint: ['/x/root'], user: '1000' }, 'InvalidConfiguration', /chmod \+x/],
  ['a program that is missing', { entrypoint: ['/no/such'] }, 'InvalidConfiguration', /run\.command/],
  ['a program that is not on PATH', { entrypoint: ['no-such'] }, 'InvalidConfiguration', /run\.command/],
  ['a program below a file', { entrypoint: ['/file/x'] }, 'InvalidConfiguration', /run\.command/],
  ['nothing to run', { entrypoint: [''], command: [] }, 'InvalidConfiguration', /CMD or ENTRYPOINT/],
  ['a user that it does not have', { user: 'nobody-here' }, 'InvalidConfiguration', /USER/],
  ['a group that it does not have', { user: 'root:nobody-here' }, 'InvalidConfiguration', /USER/],
  ['a user number that is too large', { user: '99999999999' }, 'InvalidConfiguration', /USER/],
  ['a file as its folder', { work_dir: '/file' }, 'InvalidConfiguration', /WORKDIR/],
  ['a folder that is not there', { work_dir: '/no/such' }, 'InvalidConfiguration', /WORKDIR/],
  ['a volume at a file', { volumes: [{ Name: '', Dest: '/file' }] }, 'InvalidConfiguration', /VOLUME/],
  ['a volume at /proc', { volumes: [{ Name: '', Dest: '/proc' }] }, 'InvalidConfiguration', /VOLUME/],
  ['a volume at /dev', { volumes: [{ Name: '', Dest: '/dev' }] }, 'InvalidConfiguration', /VOLUME/],
  ['a volume at /', { volumes: [{ Name: '', Dest: '/' }] }, 'InvalidConfiguration', /VOLUME/],
  ['too little memory', memory(100_000), 'InvalidConfiguration', /run\.memory/],
  ['a stop signal that is none', { stop_signal: 99 }, 'InvalidConfiguration', /STOPSIGNAL/],
  ['NUL in a variable', { env: { A: 'x\0y' } }, 'InvalidConfiguration', /NUL/],
  ['a limit beyond what the engine may give', limit('nofile', 2 ** 40), 'EngineRefused', /default_ulimits/],
  ['a limit that is none', limit('no-such', 1), 'EngineRefused', /default_ulimits/],
  ['a capability that is none', { cap_add: ['CAP_NO_SUCH'] }, 'EngineRefused', /this host's Podman/],
  ['a seccomp profile that is missing', { seccomp_profile_path: '/no/such' }, 'EngineRefused', /this host's Podman/],
  ['a log driver that is none', { log_configuration: { driver: 'no-such' } }, 'EngineRefused', /this host's Podman/],
  [
    'a network that is missing',
    { netns: { nsmode: 'bridge' }, networks: { 'no-such': {} } },
    'EngineRefused',
    /this host's Podman/,
  ],
  ['a name that is too long', { hostname: 'x'.repeat(100) }, 'EngineRefused', /Check the image/],
];

describe('what the engine refuses for good is final, and says what to do', () => {
  test.each(FINAL)('%s [C2]', async (_, settings, type, advice) => {
    const error = await refused(settings);

    const failed = startFailure('web', error);

    expect(failed).toMatchObject({ type, nonRetryable: true, message: expect.stringMatching(advice) });
    expect((failed as Error).message).toMatch(/^Podman could not start web: ./);
  });
});

test.each([
  'runc: runc create failed: unable to start container process: exec: "/x": resource temporarily unavailable: OCI runtime error',
  'crun: cannot allocate memory: OCI runtime error',
  'starting container x: too many open files',
  'something that nobody has seen before',
])('what may pass stays retryable: %s [C2]', (words) => {
  expect(startFailure('web', new PodmanError(500, words))).toMatchObject({
    type: 'EngineUnavailable',
    nonRetryable: false,
  });
  expect(failureFacts('EngineUnavailable').retryable).toBe(true);
});

test.each([
  [
    'crun: executable file `web` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
  ],
  ['crun: open executable: Permission denied: OCI permission denied'],
  ['crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied'],
  ['crun: something about this container: OCI runtime error'],
])('what crun says is final as well: %s [C2]', (words) => {
  expect(startFailure('web', new PodmanError(500, words))).toMatchObject({ nonRetryable: true });
});

/** One that runs the good version, and what is to take its place. */
async function replacing(strategy: 'recreate' | 'blue-green', changes: Partial<TargetRequest>) {
  const scene = await place.scene(strategy);
  await perform(target.switchTo, scene.request('one', 10));
  return { scene, request: scene.request('two', 20, changes) };
}

const leftOf = async ({ key }: PodmanScene) => {
  const all = await place.engine.podman(['ps', '--all', '--format', '{{.Names}}']);
  return all.stdout.split('\n').filter((name) => name.includes(`.${key.service}.`));
};
const run = (command?: readonly string[]) => ({
  port: PORT,
  env: {},
  stopTimeoutMs: 1_000,
  ...(command && { command }),
});

describe('with recreate it is known before the old version stops', () => {
  const refuses = async (changes: Partial<TargetRequest>, advice: RegExp) => {
    const { scene, request } = await replacing('recreate', changes);
    const there = await leftOf(scene);

    await expect(perform(target.prepare, request)).rejects.toMatchObject({
      type: 'InvalidConfiguration',
      nonRetryable: true,
      message: expect.stringMatching(advice),
    });

    expect(await scene.visit()).toBe('ok one');
    expect(await leftOf(scene)).toEqual(there);
  };

  test('of an image without a command [C2][C3]', async () => {
    await refuses(
      { image: await publish({ repository: place.repository, version: 'bare', config: { Cmd: [] } }) },
      /CMD or ENTRYPOINT/,
    );
  });

  test('of a program without its x bit [C2][C3]', async () => {
    await refuses({ image: odd, run: run(['/x/plain']) }, /chmod \+x/);
  });

  test.each([
    ['a script whose first line ends in a carriage return', '/x/crlf', /no such file or directory.*carriage return/s],
    ['a script whose interpreter is missing', '/x/orphan', /no such file or directory/],
    ['a binary whose loader is missing', '/x/dynamic', /no such file or directory.*loader/s],
    ['an empty file', '/x/empty', /exec format error/],
    ['text without a first line', '/x/bare', /exec format error/],
  ])('of %s [C2][C3]', async (_, program, advice) => {
    await refuses({ image: odd, run: run([program]) }, advice);
  });

  test('of too little memory [C2][C3]', async () => {
    await refuses({ run: { ...run(), memoryBytes: 100_000 } }, /run\.memory/);
  });

  test('a good version is tried too, and nothing of that stays [C2]', async () => {
    const { scene, request } = await replacing('recreate', {});
    place.variables.set(scene.key, { secrets: { TOKEN: 'not-there-yet' } });

    await perform(target.prepare, request);

    expect(await leftOf(scene)).toHaveLength(1);
  });
});

describe('a program that the kernel does not take', () => {
  test.each([
    ['of another processor', '/x/arm', /exec format error.*processor/s],
    ['without an interpreter', '/x/orphan', /no such file or directory.*interpreter/s],
    ['whose first line ends in a carriage return', '/x/crlf', /no such file or directory.*carriage return/s],
    ['that is empty', '/x/empty', /exec format error/],
    ['without a first line', '/x/bare', /exec format error/],
  ])('%s is told by what the runtime writes into its log [C3][E6]', async (_, program, words) => {
    const name = `never${(made += 1)}`;
    const netns = { nsmode: 'none' };
    await place.podman.json('POST', '/containers/create', { body: { name, image: odd, netns, command: [program] } });
    await place.containers.start(name);
    await eventually('its end', async () => !(await place.containers.inspect(name)).running);
    const log = await place.containers.logs(name, { since: new Date(0), tail: 10 });

    const failed = neverRan(name, log.trim().split('\n'));

    expect(failed).toMatchObject({
      type: 'InvalidConfiguration',
      nonRetryable: true,
      message: expect.stringMatching(words),
    });
  });

  test('is final at the first attempt, and what ran before is back [C3][E6]', async () => {
    const { scene, request } = await replacing('recreate', { image: odd, run: run(['/x/arm']) });
    const captured = await perform(target.capture, request);

    await expect(perform(target.switchTo, request)).rejects.toMatchObject({
      type: 'InvalidConfiguration',
      nonRetryable: true,
    });
    await perform(target.restore, { request, captured });

    expect(await scene.visit()).toBe('ok one');
  });

  test('is told from one that ran, whatever it printed', () => {
    expect(neverRan('web', ['exec /x/arm: exec format error', 'exec /x/arm: exec format error'])).toBeDefined();
    expect(neverRan('web', ['exec container process `/x/arm`: Exec format error'])).toBeDefined();
    expect(neverRan('web', [])).toBeUndefined();
    expect(neverRan('web', ['starting', 'exec /x/arm: exec format error'])).toBeUndefined();
    expect(neverRan('web', ['sh: exec: line 0: /no/such: not found'])).toBeUndefined();
  });
});

test.each(['recreate', 'blue-green'] as const)(
  'refused only at the switch (%s), it is final, the reason is kept, and what ran before is back though Podman still holds the port [C3][E6]',
  async (strategy) => {
    const { scene, request } = await replacing(strategy, { image: odd, run: run(['/x/plain']) });
    const captured = await perform(target.capture, request);

    await expect(perform(target.switchTo, request)).rejects.toMatchObject({
      type: 'InvalidConfiguration',
      nonRetryable: true,
      message: expect.stringContaining('permission denied'),
    });
    await perform(target.restore, { request, captured });

    expect(await scene.visit()).toBe('ok one');
    expect(await perform(target.observe, request)).toMatchObject({ healthy: true });
  },
);

test('a refusal that nobody knows is tried a few times and then final, with the words of the first [C3][E6]', async () => {
  const port = await freePort();
  const name = 'unknown';
  const portmappings = [{ container_port: PORT, host_ip: '127.0.0.1', host_port: port, protocol: 'tcp' }];
  await place.podman.json('POST', '/secrets/create', { query: { name: 'goes' }, body: Buffer.from('soon') });
  await place.podman.json('POST', '/containers/create', {
    body: { name, image: odd, portmappings, secret_env: { GONE: 'goes' }, labels: { unknown: 'yes' } },
  });
  await place.engine.podman(['secret', 'rm', 'goes']);
  const [container] = await place.containers.list('unknown=yes');
  if (!container) throw new Error('it is not there');
  const instance = { container, generation: 1, run: undefined, running: false, binding: undefined, chosen: false };

  const starting = startContainer(place, instance, new AbortController().signal);

  await expect(starting).rejects.toMatchObject({
    type: 'EngineRefused',
    nonRetryable: true,
    message: expect.stringMatching(/in 3 tries: .*secret/),
  });
  await nudge(place);
  expect(await isFree('127.0.0.1', port)).toBe(true);
});
