/** Attempts of a Dockerfile to escape to its build host, by a build of a real engine. */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { executable } from '../../../activities/build/isolation/probe-program.ts';
import type { PodmanClient } from '../../../activities/podman/client.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';
import { failing, perform, startBuildHost } from './build-host.ts';
import { LEAN, writeBusyboxBuild } from './dockerfiles.ts';

const host = await startBuildHost('besc');
const { repository } = host;

/** A build must not reach these: a file that only root may read, and a service on the loopback address. */
const secret = join(tempDir(), 'app.pem');
const marker = randomUUID();
writeFileSync(secret, `${marker}\n`, { mode: 0o600 });
const service = createServer((socket) => socket.end(`${marker}\n`));
await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
onCleanup(() => void service.close());
const { port } = service.address() as AddressInfo;

const B = '/b/busybox';
const ATTEMPTS = {
  chroot: `${B} mkdir -p /jail && ${B} chroot /jail /x`,
  'mount proc': `${B} mount -t proc proc /mnt`,
  'mount tmpfs': `${B} mount -t tmpfs none /mnt`,
  'bind mount': `${B} mount -o bind / /mnt`,
  remount: `${B} mount -o remount,rw /proc/sys`,
  'disk node': `${B} mknod /disk b 254 0`,
  'memory node': `${B} mknod /mem c 1 1`,
  nsenter: `${B} nsenter -t 1 -m ${B} true`,
  unshare: `${B} unshare -m ${B} true`,
  'kill a host process': `${B} kill -0 ${process.pid}`,
  'see a host process': `${B} test -e /proc/${process.pid}/cmdline -a $(${B} ls /proc | ${B} grep -c '^[0-9]') -gt 20`,
  'the root of process 1': `${B} cat /proc/1/root${secret}`,
  'the parent of the root': `${B} cat /../../../..${secret}`,
  'an open folder': `for f in /proc/self/fd/*; do ${B} cat $f/../../../..${secret}; done 2>/dev/null | ${B} grep ${marker}`,
  sysrq: `echo h > /proc/sysrq-trigger`,
  'core pattern': `echo x > /proc/sys/kernel/core_pattern`,
  'kernel hotplug': `echo /x > /sys/kernel/uevent_helper`,
  'release agent': `echo /x > /sys/fs/cgroup/memory/release_agent`,
  'host name': `${B} hostname other`,
  'host loopback': `${B} nc -w 2 127.0.0.1 ${port} </dev/null | ${B} grep ${marker}`,
  'host loopback by its other names': `for a in 10.0.2.2 127.0.0.2 0.0.0.0; do ${B} timeout 1 ${B} nc $a ${port} </dev/null; done | ${B} grep ${marker}`,
  'raw packets': `${B} ping -c 1 -w 1 127.0.0.1`,
  routes: `${B} ip route add 127.0.0.0/8 dev eth0`,
} as const;

/** Runs each, and says which of them worked. */
const steps = [
  `RUN ${B} mkdir -p /mnt`,
  ...Object.entries(ATTEMPTS).map(
    ([name, command]) => `{ ${command}; } >/out 2>&1 && echo "DONE ${name}" || echo "REFUSED ${name}"`,
  ),
].join('; ');

async function build(buildId: string, commit: string, activities = host.activities()) {
  const step = host.step(buildId, commit);
  await perform(() => activities.fetchSource(step));
  host.log();
  try {
    await perform(() => activities.buildImage(step));
    return host.log();
  } finally {
    await perform(() => activities.cleanBuild(step));
  }
}

const commitOf = (lines: string) => repository.commitFolder((folder) => writeBusyboxBuild(folder, lines));

/** `exit(errno of ptrace(PTRACE_SEIZE, pid))`, and of `process_vm_readv(pid, …)`: ptrace(2), process_vm_readv(2). */
function tracers(pid: number): readonly Buffer[] {
  const id = Buffer.alloc(4);
  id.writeInt32LE(pid);
  const end = '31ff 85c0 7904 89c7 f7df b83c000000 0f05';
  return [
    `b865000000 bf06420000 be${id.toString('hex')} 31d2 4531d2 0f05 ${end}`,
    `4889e0 6a08 50 4889e6 4989e2 b836010000 bf${id.toString('hex')} ba01000000 41b801000000 4531c9 0f05 ${end}`,
  ].map((code) => executable(Buffer.from(code.replaceAll(' ', ''), 'hex')));
}

describe('a step of a Dockerfile', () => {
  const onX64 = process.arch === 'x64' ? test : test.skip;

  onX64(
    'traces no process of its host, by none of the ids that it has there, and reads no memory of one [B7]',
    async () => {
      const victim = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
      onCleanup(() => void victim.kill('SIGKILL'));
      const pids = [victim.pid ?? 0, host.engine.pid, process.pid];
      // The programs themselves can: on the host they do it.
      const here = tracers(pids[0] ?? 0).map((program, at) => {
        const file = join(tempDir(), `tracer${at}`);
        writeFileSync(file, program, { mode: 0o755 });
        return spawnSync(file).status;
      });
      // The other process has nothing at the address that is read: EFAULT of errno(3).
      expect(here).toEqual([0, 14]);

      const commit = repository.commitFolder((folder) => {
        const programs = pids.flatMap(tracers);
        writeBusyboxBuild(
          folder,
          `COPY tracers /t\nRUN ${programs.map((_, at) => `/t/${at}; echo "tracer ${at}: $?"`).join('; ')}; ${B} cat /proc/${pids[0]}/mem; true`,
        );
        mkdirSync(join(folder, 'tracers'));
        for (const [at, program] of programs.entries())
          writeFileSync(join(folder, 'tracers', String(at)), program, { mode: 0o755 });
      });
      const log = await build('besc.web.40', commit);

      // Neither is there: ESRCH of errno(3).
      expect([...log.matchAll(/^tracer \d: (\d+)$/gm)].map(([, code]) => Number(code))).toEqual(
        pids.flatMap(() => [3, 3]),
      );
    },
  );

  test('reaches no file, process, device, mount or loopback service of its host [B7][B16]', async () => {
    const log = await build('besc.web.1', commitOf(steps));

    const done = [...log.matchAll(/^(DONE|REFUSED) (.+)$/gm)].map(([, verdict, name]) => [name, verdict]);
    expect(Object.fromEntries(done)).toEqual(
      Object.fromEntries(Object.keys(ATTEMPTS).map((name) => [name, 'REFUSED'])),
    );
  }, 300_000);

  test('has the rights of an installer, and processes of its own [B7]', async () => {
    const log = await build(
      'besc.web.2',
      commitOf(`RUN ${B} grep CapEff /proc/self/status; ${B} ls /proc | ${B} grep -c '^[0-9]'`),
    );

    // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, SETFCAP: capabilities(7).
    expect(log).toMatch(/CapEff:\s+00000000800005db/);
    expect(Number(/^(\d+)$/m.exec(log)?.[1])).toBeLessThan(6);
  });

  test('reaches what is outside, by a network of its own [B7]', async () => {
    const served = 'RUN echo from outside > /b/x\nCMD ["/b/busybox", "httpd", "-f", "-p", "8080", "-h", "/b"]';
    const activities = host.activities();
    const step = host.step('besc.web.3', commitOf(served));
    await perform(() => activities.fetchSource(step));
    await perform(() => activities.buildImage(step));
    const { stdout: id } = await host.engine.podman(['run', '--detach', 'localhost/landfall/besc.web.3:latest']);
    const { stdout: address } = await host.engine.podman([
      'inspect',
      '--format',
      '{{.NetworkSettings.IPAddress}}',
      id.trim(),
    ]);

    const log = await build(
      'besc.web.4',
      commitOf(`RUN printf 'GET /x HTTP/1.0\\r\\n\\r\\n' | ${B} timeout 5 ${B} nc ${address.trim()} 8080`),
    );

    expect(log).toContain('from outside');
    await host.engine.podman(['rm', '--force', '--time', '0', id.trim()]);
    await perform(() => activities.cleanBuild(step));
  });

  test('keeps a cache from one build to the next of its service alone [B7]', async () => {
    const mount = '--mount=type=cache,target=/cache';
    await build('besc.web.5', commitOf(`RUN ${mount} echo ${marker} > /cache/kept`));

    const again = await build('besc.web.6', commitOf(`RUN ${mount} ${B} cat /cache/kept`));
    expect(again).toContain(marker);

    const step = host.step('besc.api.1', commitOf(`RUN ${mount} ${B} cat /cache/kept; true`), {
      key: { project: 'besc', service: 'api' },
    });
    const activities = host.activities();
    await perform(() => activities.fetchSource(step));
    await perform(() => activities.buildImage(step));
    expect(host.log()).not.toMatch(new RegExp(`^${marker}$`, 'm'));
    await perform(() => activities.cleanBuild(step));
  });
});

describe('instructions that a base image brings along', () => {
  test('are checked as if they stood in the file [B7]', async () => {
    const folder = tempDir();
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM scratch\nONBUILD RUN --mount=type=cache,id=../../../../../../..,target=/x ls /x\n',
    );
    const name = `${host.registry.address}/besc/evil:1`;
    await host.engine.podman(['build', '--format', 'docker', '--tag', name, folder]);
    await host.engine.podman(['push', name]);
    const commits = ['absent', 'present'].map((what) =>
      repository.commit({ Dockerfile: `ARG BASE=${host.registry.address}/besc\nFROM $BASE/evil:1\nLABEL ${what}=1\n` }),
    );
    await host.engine.podman(['rmi', name]);

    for (const [at, commit] of commits.entries()) {
      expect(await failing(build(`besc.web.1${at}`, commit))).toEqual({
        type: 'UnsafeSource',
        message: expect.stringMatching(/^Line 2 of the Dockerfile is refused/),
      });
    }
  });

  test('the build starts from the very image that was checked, whatever its name stands for later [B7]', async () => {
    const folder = tempDir();
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nLABEL base=1\n');
    const name = `${host.registry.address}/besc/base`;
    await host.engine.podman(['build', '--format', 'docker', '--tag', name, folder]);
    await host.engine.podman(['push', name]);
    const { stdout: id } = await host.engine.podman(['inspect', '--format', '{{.Id}}', name]);
    const from = `FROM --platform=linux/\${TARGETARCH} \\\n  ${name}:$TAG AS one`;

    const log = await build(
      'besc.web.19',
      repository.commit({ Dockerfile: `ARG TAG=latest\n${from}\nFROM one\nLABEL mine=1\n` }),
    );

    expect(log).toContain(`FROM ${id.trim()} AS one`);
  });

  test('a Dockerfile whose name has the engine read other files is refused [B7]', async () => {
    const list = `["${secret}"]`;
    for (const dockerfile of ['Dockerfile.in', list]) {
      const commit = repository.commit({ [dockerfile]: 'FROM scratch\n' });
      const step = host.step('besc.web.20', commit, {
        settings: { ...host.step('x', commit).build.settings, dockerfile },
      });
      const activities = host.activities();
      const failed = await failing(
        perform(() => activities.fetchSource(step)).then(() => perform(() => activities.buildImage(step))),
      );
      await perform(() => activities.cleanBuild(step));

      expect(failed.type).toBe('UnsafeSource');
    }
  });
});

describe('an engine', () => {
  /** The same engine, which takes a parameter for another. */
  const deaf = (change: (query: Record<string, string>) => void): PodmanClient => ({
    ...host.podman,
    lines(method, path, call = {}) {
      const query = { ...call.query } as Record<string, string>;
      if (path === '/build') change(query);
      return host.podman.lines(method, path, { ...call, query });
    },
  });

  test.each([
    [
      'gives steps the host’s network',
      (query: Record<string, string>) => {
        delete query['nsoptions'];
        delete query['networkmode'];
      },
      /reaches the loopback address/,
    ],
    [
      'gives steps the host’s processes',
      (query: Record<string, string>) => {
        query['isolation'] = 'chroot';
      },
      /sees the processes of the host/,
    ],
    [
      'knows no such isolation',
      (query: Record<string, string>) => {
        query['isolation'] = 'vm';
      },
      /vm/,
    ],
  ])('that %s builds nothing, and it is said what to do [B7]', async (_, change, why) => {
    const failed = await failing(
      build('besc.web.30', repository.commit(LEAN), host.activities({ podman: deaf(change) })),
    );

    expect(failed.type).toBe('InvalidConfiguration');
    expect(failed.message).toMatch(why);
    expect(failed.message).toContain('"buildIsolation": "chroot"');
  });

  test('that has no private network builds without one, and the log says so [B7]', async () => {
    const podman = deaf((query) => {
      if (query['networkmode'] === undefined)
        query['nsoptions'] = JSON.stringify([{ Name: 'network', Host: false, Path: 'no-such-network' }]);
    });

    const log = await build(
      'besc.web.31',
      commitOf(`RUN ${B} ip link | ${B} grep -c mtu`),
      host.activities({ podman }),
    );

    expect(log).toMatch(/builds without a network: .*no-such-network/);
    expect(log).toMatch(/^1$/m);
  });

  test('of a host that is set to chroot still lets no step change its root [B7]', async () => {
    const activities = host.activities({ host: { ...host.host, buildIsolation: 'chroot' } });

    const log = await build(
      'besc.web.32',
      commitOf(`RUN ${B} mkdir /jail && ${B} chroot /jail /x; ${B} mknod /disk b 254 0; true`),
      activities,
    );

    expect(log).toMatch(/buildIsolation: chroot/);
    expect(log).toMatch(/chroot: can't change root directory to '\/jail': Operation not permitted/);
    expect(log).toMatch(/mknod: \/disk: Operation not permitted/);
    expect(existsSync('/jail')).toBe(false);
  });
});
