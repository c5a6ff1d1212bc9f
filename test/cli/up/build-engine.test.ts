/** The Podman that builds for `landfall up` as root: whose it is, and what gets out of a build there can do. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import { prepareBuildAccount } from '../../../infra/dev/build-account.ts';
import { startProcess } from '../../../infra/dev/process.ts';
import { perform, startBuildHost } from '../../activities/build/build-host.ts';
import { writeBusyboxBuild } from '../../activities/build/dockerfiles.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/tmp.ts';
import { gitHubApp, isReady, LIMIT_MS, MAIN, running, stage } from './stage.ts';

const B = '/b/busybox';
const found = await prepareBuildAccount();
const lacks = 'lacks' in found ? found.lacks : undefined;
if (lacks !== undefined) console.warn(`Builds by an account of their own are not tested here: ${lacks}.`);
const onAble = lacks === undefined ? test : test.skip;

async function started() {
  const { dir, args, url } = await stage({ buildsByItself: false });
  const logFile = join(tempDir(), 'up.log');
  const up = await startProcess({ command: process.execPath, args: [MAIN, ...args], env: gitHubApp(), logFile });
  onCleanup(() => up.stop());
  await eventually('Landfall to be ready', async () => running(dir).up?.pid === up.pid && isReady(url), LIMIT_MS);
  const [host] = HostSettings.array().parse(JSON.parse(readFileSync(join(dir, 'hosts.json'), 'utf8')));
  return { dir, up, host, pidOf: (part: string) => running(dir).parts[part]?.pid };
}

onAble(
  'as root it builds with a Podman of the account landfall-build, whose builds read no key of Landfall’s, and which the account can neither replace nor lead elsewhere [B7][F5]',
  async () => {
    if ('lacks' in found) throw new Error(found.lacks);
    const { uid, gid } = found.account;
    const { dir, up, host, pidOf } = await started();
    const socket = host?.buildPodmanSocket ?? '';
    const builds = await startBuildHost('bup');
    const podman = createPodmanClient(socket);

    const owner = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${String(pidOf('build engine'))}/status`, 'utf8'))?.[1];
    expect(owner?.split('\t')).toEqual(Array.from({ length: 4 }, () => String(uid)));

    // Not in /run: that is memory.
    const environment = readFileSync(`/proc/${String(pidOf('build engine'))}/environ`, 'utf8').split('\0');
    const unpacked = environment.find((one) => one.startsWith('TMPDIR='))?.slice('TMPDIR='.length) ?? '';
    expect(dirname(unpacked)).toBe('/var/cache/landfall-build');
    expect({ own: pick(statSync(unpacked)), folder: pick(statSync(dirname(unpacked))) }).toEqual({
      own: { uid, mode: 0o700 },
      folder: { uid: 0, mode: 0o711 },
    });

    const commit = builds.repository.commitFolder((at) =>
      writeBusyboxBuild(
        at,
        `RUN ${B} cat /proc/self/uid_map; ${B} ip -o link; ${B} ip rule; ${B} timeout 3 ${B} nc 169.254.169.254 80 </dev/null; ${B} touch /a && ${B} chown 65000:65000 /a && ${B} stat -c owned-by-%u /a`,
      ),
    );
    const step = builds.step('bup.web.1', commit);
    const activities = builds.activities({ podman });
    await perform(() => activities.fetchSource(step));
    await perform(() => activities.buildImage(step));
    const log = builds.log();
    await perform(() => activities.cleanBuild(step));

    // Root in a step is the account outside; other users are ids that no account has.
    expect(log).toMatch(new RegExp(`^ +0 +${String(uid)} +1$`, 'm'));
    expect(log).toMatch(/^owned-by-65000$/m);
    expect(log).toMatch(/tap0/);
    // A cloud's metadata service is closed there, too.
    expect(log).toMatch(/^nc: .*Permission denied$/m);

    const keys = [join(dir, 'tokens'), ...['secrets.key', 'registry-auth.json'].map((name) => join(dir, name))];
    const there = keys.filter((file) => existsSync(file));
    expect(there.length).toBeGreaterThan(1);
    const escaped = await escapeAndRead(socket, there);
    expect(escaped).toMatch(/^etc$/m);
    expect(escaped.match(/Permission denied/g)).toHaveLength(there.length);

    // The account may use its socket, and put nothing in its place.
    expect({ ...pick(statSync(socket)), folder: pick(statSync(dirname(socket))) }).toEqual({
      uid,
      mode: 0o600,
      folder: { uid: 0, mode: 0o711 },
    });
    const as = (command: string) =>
      spawnSync('setpriv', [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', 'sh', '-c', command]).status;
    expect(as(`rm -f ${socket}`)).not.toBe(0);
    expect(as(`ln -sf ${host?.podmanSocket ?? ''} ${socket}`)).not.toBe(0);
    expect(as(`mv ${socket} ${dirname(socket)}/user/x`)).not.toBe(0);

    await up.stop();
    expect(existsSync(socket)).toBe(false);
  },
  LIMIT_MS,
);

const pick = ({ uid, mode }: { uid: number; mode: number }) => ({ uid, mode: mode & 0o777 });

/** Sends the engine a Dockerfile that Landfall has not checked: it mounts the host's root. */
async function escapeAndRead(socket: string, files: readonly string[]): Promise<string> {
  const at = join(tempDir(), 'escape');
  mkdirSync(at);
  writeBusyboxBuild(at, '');
  const reads = files.map((file) => `${B} cat /host${file}`).join('; ');
  const dockerfile = `FROM scratch\nCOPY busybox ${B}\nSHELL ["${B}", "sh", "-c"]\nRUN --mount=type=cache,id=${'../'.repeat(8)},target=/host ${B} ls /host; ${reads}; true\n`;
  writeFileSync(join(at, 'Dockerfile'), dockerfile);
  const body = pack();
  body.entry({ name: 'Dockerfile' }, dockerfile);
  body.entry({ name: 'busybox', mode: 0o755 }, readFileSync(join(at, 'busybox')));
  body.finalize();
  const query = {
    dockerfile: 'Dockerfile',
    isolation: 'oci',
    networkmode: 'NetworkDisabled',
    rm: true,
    nocache: true,
    outputformat: 'application/vnd.docker.distribution.manifest.v2+json',
  };
  let said = '';
  for await (const line of createPodmanClient(socket).lines('POST', '/build', { query, body }))
    said += String(Object.values(line)[0]);
  return said;
}
