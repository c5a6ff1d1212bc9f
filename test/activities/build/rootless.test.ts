/** Builds by a real Podman of another account. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { accountNamed } from '../../../infra/dev/accounts.ts';
import { startBuildEngine } from '../../../infra/dev/build-engine.ts';
import { find } from '../../../infra/dev/locate.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { perform, startBuildHost } from './build-host.ts';
import { writeBusyboxBuild } from './dockerfiles.ts';

/** Every Linux has it, and it owns nothing. It has no subordinate ids, so a build there has one user: root. */
const nobody = accountNamed('nobody');
if (nobody === undefined) throw new Error('This machine has no account "nobody".');
const folder = mkdtempSync(join(tmpdir(), 'lfr-'));
onCleanup(() => {
  rmSync(folder, { recursive: true, force: true });
});
chmodSync(folder, 0o711);
const home = join(folder, 'home');
mkdirSync(home);
chownSync(home, nobody.uid, nobody.gid);
const engine = await startBuildEngine({ account: { ...nobody, home }, runDir: join(folder, 'run') });
onCleanup(() => engine.stop());
const podman = createPodmanClient(engine.socket);
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

test('a build by the Podman of an account without root is that account’s, and reaches no loopback service of the host [B7][B16]', async () => {
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

  expect(log).toMatch(new RegExp(`^ +0 +${nobody.uid} +1$`, 'm'));
  expect(log).not.toMatch(/^reached$/m);
  // Its network comes from a program and a device that a small machine may lack, or keep to root.
  const tun = (statSync('/dev/net/tun', { throwIfNoEntry: false })?.mode ?? 0) & 0o006;
  const mayNetwork = tun === 0o006 && find('slirp4netns') !== undefined;
  expect(log).toMatch(mayNetwork ? /tap0/ : /builds without a network/);
  expect(pushed.digest).toMatch(/^sha256:/);
  const left = await podman.json<object[]>('GET', '/containers/json', { query: { all: true, external: true } });
  expect(left).toEqual([]);
});

test('what gets out of it by a fault of the engine reads no key of Landfall’s [B7]', async () => {
  // As the engine would be asked if nothing had read the Dockerfile before: it mounts the host's root.
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
