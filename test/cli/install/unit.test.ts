import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { CREDENTIALS } from '../../../cli/install/credentials.ts';
import { credentialsOf, dataDirOf, isOurUnit, unitText, type UnitOptions } from '../../../cli/install/unit.ts';
import { where } from '../../../infra/dev/locate.ts';
import { tempDir } from '../../support/tmp.ts';

const OPTIONS: UnitOptions = {
  program: ['/usr/bin/node', '/usr/local/lib/node_modules/landfall/cli/landfall.mjs'],
  dataDir: '/var/lib/landfall',
  environmentFile: '/etc/landfall/landfall.env',
  credentialsDir: '/etc/landfall/credentials',
  credentials: ['github-app-private-key', 'github-webhook-secrets'],
  runsServices: true,
};

test('the unit starts Landfall after boot, hands secrets on as files, and ends nothing that carries traffic [H1][F4]', () => {
  expect(unitText(OPTIONS)).toBe(`# Written by \`landfall install --system\`, which replaces it.
# Settings: /etc/landfall/landfall.env, secrets: /etc/landfall/credentials. More of your own: systemctl edit landfall

[Unit]
Description=Landfall, durable deployments from GitHub
Wants=network-online.target podman.socket
After=network-online.target podman.socket
RequiresMountsFor=/var/lib/landfall
# A machine that lacks something for an hour is tried again after it.
StartLimitIntervalSec=0

[Service]
Type=exec
User=root
ExecStart=/usr/bin/node /usr/local/lib/node_modules/landfall/cli/landfall.mjs up --data-dir /var/lib/landfall --podman-socket /run/podman/podman.sock
EnvironmentFile=/etc/landfall/landfall.env
LoadCredential=github-app-private-key:/etc/landfall/credentials/github-app-private-key
LoadCredential=github-webhook-secrets:/etc/landfall/credentials/github-webhook-secrets
Environment=GITHUB_APP_PRIVATE_KEY_FILE=%d/github-app-private-key
Environment=GITHUB_WEBHOOK_SECRET_FILE=%d/github-webhook-secrets
# The proxy and the registry carry traffic, and go on when Landfall stops.
KillMode=process
TimeoutStopSec=90
Restart=on-failure
RestartSec=10
# Stopped while it was starting.
SuccessExitStatus=130
LimitNOFILE=65536
# Builds are in this unit too: one that takes too much memory ends alone.
OOMPolicy=continue

CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_NET_BIND_SERVICE CAP_SETGID CAP_SETUID CAP_SYS_ADMIN
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictRealtime=yes
SystemCallFilter=~@clock @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
ProtectSystem=full
ProtectHome=read-only
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`);
});

test('where services run elsewhere, Podman is not asked for [H1]', () => {
  const text = unitText({ ...OPTIONS, runsServices: false });
  expect(text).not.toContain('podman');
  expect(text).toContain('\nWants=network-online.target\nAfter=network-online.target\n');
});

test('percent signs, dollars and blanks in paths are no words of systemd [F6]', () => {
  const text = unitText({ ...OPTIONS, program: ['/opt/a b/$HOME/node'], dataDir: '/srv/100% mine' });
  expect(text).toContain('ExecStart="/opt/a b/$$HOME/node" up --data-dir "/srv/100%% mine" --podman-socket');
  expect(text).toContain('RequiresMountsFor="/srv/100%% mine"');
  expect(dataDirOf(text)).toBe('/srv/100% mine');
});

test.each(['/a\nExecStart=/bin/sh', '/a"b', "/a'b", '/a\\b', '/a;b', ''])(
  'a path such as %j is refused [F6]',
  (dataDir) => {
    expect(() => unitText({ ...OPTIONS, dataDir })).toThrow(/Write the unit: the path .* holds what a unit does not/s);
  },
);

test('what it says is found in it again [H1]', () => {
  const text = unitText(OPTIONS);
  expect([isOurUnit(text), isOurUnit('[Service]\nExecStart=landfall up\n')]).toEqual([true, false]);
  expect(dataDirOf(text)).toBe('/var/lib/landfall');
  expect(credentialsOf(text)).toEqual(['github-app-private-key', 'github-webhook-secrets']);
});

/** The unit with everything in it, where systemd's own tools look for units. */
function written(): { readonly root: string; readonly file: string } {
  const root = tempDir();
  const folder = join(root, 'etc', 'systemd', 'system');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'landfall.service');
  const [environmentFile, credentialsDir] = [join(root, 'landfall.env'), join(root, 'credentials')];
  writeFileSync(environmentFile, '');
  const credentials = CREDENTIALS.map(({ name }) => name);
  const own = { environmentFile, credentialsDir, credentials, program: [process.execPath, '/bin/true'] };
  writeFileSync(file, unitText({ ...OPTIONS, ...own }));
  return { root, file };
}

const analyze = (...args: readonly string[]) => promisify(execFile)(where('systemd-analyze'), args);

test('systemd itself finds nothing wrong in the unit [H1]', async () => {
  const { file } = written();
  expect(await analyze('verify', '--man=no', '--recursive-errors=no', file)).toEqual({ stdout: '', stderr: '' });
});

/** Of ten: systemd 252 says 6.3, and 9.6 without the hardening. Other versions weigh a little differently. */
const MOST_EXPOSURE = 6.5;

test('its exposure stays what it is [H1]', async () => {
  const { file } = written();
  const { stdout } = await analyze('security', '--offline=true', '--no-pager', file);
  const [, exposure] = /Overall exposure level for landfall\.service: ([\d.]+)/.exec(stdout) ?? [];
  expect(Number(exposure)).toBeGreaterThan(0);
  expect(Number(exposure)).toBeLessThanOrEqual(MOST_EXPOSURE);
});
