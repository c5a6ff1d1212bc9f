/** Builds by a real Podman of another account. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { accountNamed } from '../../../infra/dev/accounts.ts';
import { startBuildEngine } from '../../../infra/dev/build-engine.ts';
import { find } from '../../../infra/dev/locate.ts';
import { mayUseTun } from '../../../infra/dev/tun.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { perform, startBuildHost } from './build-host.ts';
import { writeBusyboxBuild } from './dockerfiles.ts';

/** Every Linux has it, and it owns nothing. It has no subordinate ids, so a build there has one user: root. */
const nobody = accountNamed('nobody');
const lacks = lacking();
if (lacks !== undefined) console.warn(`Builds by a Podman of another account are not tested here: ${lacks}.`);
const onAble = lacks === undefined ? test : test.skip;

function lacking(): string | undefined {
  if (process.getuid?.() !== 0) return 'this is not root';
  const setpriv = find('setpriv');
  if (nobody === undefined || setpriv === undefined) return 'there is no account nobody, or no setpriv';
  const as = ['--reuid', String(nobody.uid), '--regid', String(nobody.gid), '--clear-groups'];
  const { status, stderr } = spawnSync(setpriv, [...as, 'unshare', '--user', '--map-root-user', 'true'], {
    encoding: 'utf8',
    cwd: '/',
  });
  return status === 0 ? undefined : `nobody may have no user namespace (${stderr.trim()})`;
}

const folder = mkdtempSync(join(tmpdir(), 'lfr-'));
onCleanup(() => {
  rmSync(folder, { recursive: true, force: true });
});
chmodSync(folder, 0o711);

async function started() {
  const account = nobody ?? { name: 'nobody', uid: 65_534, gid: 65_534, home: '/' };
  const [home, diskDir, kept] = ['home', 'disk', 'kept'].map((name) => join(folder, name)) as [string, string, string];
  const unpacked = join(diskDir, 'podman');
  for (const one of [home, diskDir, kept, unpacked]) mkdirSync(one);
  // Leftovers of a killed build, and a link that would lead root elsewhere.
  mkdirSync(join(unpacked, 'buildah1', 'layer'), { recursive: true });
  writeFileSync(join(unpacked, 'buildah1', 'layer', 'file'), '');
  writeFileSync(join(kept, 'file'), '');
  symlinkSync(kept, join(unpacked, 'buildah1', 'away'));
  const theirs = ['', 'buildah1', 'buildah1/layer', 'buildah1/layer/file'].map((name) => join(unpacked, name));
  for (const one of [home, ...theirs]) chownSync(one, account.uid, account.gid);
  // Nothing that root writes may depend on it.
  const before = process.umask(0o077);
  const engine = await startBuildEngine({
    account: { ...account, home },
    runDir: join(folder, 'run'),
    diskDir,
  }).finally(() => process.umask(before));
  onCleanup(() => engine.stop());
  return { engine, unpacked, kept, account };
}

const stage = lacks === undefined ? await started() : undefined;
const podman = createPodmanClient(stage?.engine.socket ?? '/none');
const host = await startBuildHost('broot');

const secret = join(folder, 'app.pem');
writeFileSync(secret, 'the key\n', { mode: 0o600 });
const service = createServer((socket) => socket.end('reached\n'));
await new Promise<void>((resolve) => {
  service.listen(0, '127.0.0.1', resolve);
});
onCleanup(() => void service.close());
const { port } = service.address() as AddressInfo;
const B = '/b/busybox';
const assert = (): never => {
  throw new Error('The Podman of the account was not started.');
};

onAble(
  'it starts whatever our umask is, and unpacks on the disk, where nothing of a killed build is left [B7][B15]',
  () => {
    const { engine, unpacked, kept } = stage ?? assert();
    const environment = readFileSync(`/proc/${engine.pid}/environ`, 'utf8').split('\0');
    expect(environment).toContain(`TMPDIR=${unpacked}`);
    expect(existsSync(join(unpacked, 'buildah1'))).toBe(false);
    expect(readdirSync(kept)).toEqual(['file']);
  },
);

onAble(
  'a build by the Podman of an account without root is that account’s, and reaches no loopback service of the host [B7][B16]',
  async () => {
    const { account } = stage ?? assert();
    const reach = ['127.0.0.1', '10.0.2.2'].map((address) => `${B} timeout 2 ${B} nc ${address} ${port} </dev/null`);
    const commit = host.repository.commitFolder((at) =>
      writeBusyboxBuild(at, `RUN ${B} cat /proc/self/uid_map; ${B} ip -o link; ${reach.join('; ')}; true`),
    );
    const step = host.step('broot.web.1', commit);
    const activities = host.activities({ podman });

    await perform(() => activities.fetchSource(step));
    await perform(() => activities.buildImage(step));
    const pushed = await perform(() => activities.pushImage(step));
    const log = host.log();
    await perform(() => activities.cleanBuild(step));

    expect(log).toMatch(new RegExp(`^ +0 +${account.uid} +1$`, 'm'));
    expect(log).not.toMatch(/^reached$/m);
    // Its network comes from a program and a device that a small machine may lack, or keep to root.
    const mayNetwork = mayUseTun(account) && find('slirp4netns') !== undefined;
    expect(log).toMatch(mayNetwork ? /tap0/ : /builds without a network/);
    expect(pushed.digest).toMatch(/^sha256:/);
    const left = await podman.json<object[]>('GET', '/containers/json', { query: { all: true, external: true } });
    expect(left).toEqual([]);
  },
);

onAble('what gets out of it by a fault of the engine reads no key of Landfall’s [B7]', async () => {
  // Sends the engine a Dockerfile that Landfall has not checked: it mounts the host's root.
  const lines = `FROM scratch\nCOPY busybox ${B}\nSHELL ["${B}", "sh", "-c"]\nRUN --mount=type=cache,id=../../../../../../..,target=/host ${B} ls /host; ${B} cat /host${secret}; true\n`;
  const at = join(folder, 'escape');
  writeBusyboxBuild(at, '');
  const body = pack();
  body.entry({ name: 'Dockerfile' }, lines);
  body.entry({ name: 'busybox', mode: 0o755 }, readFileSync(join(at, 'busybox')));
  body.finalize();
  let said = '';
  const query = {
    dockerfile: 'Dockerfile',
    isolation: 'oci',
    networkmode: 'NetworkDisabled',
    rm: true,
    outputformat: 'application/vnd.docker.distribution.manifest.v2+json',
  };
  for await (const line of podman.lines('POST', '/build', { query, body })) said += String(Object.values(line)[0]);

  // It got out, and to nothing.
  expect(said).toMatch(/^etc$/m);
  expect(said).not.toContain('the key');
  expect(said).toMatch(/app\.pem': Permission denied/);
});
