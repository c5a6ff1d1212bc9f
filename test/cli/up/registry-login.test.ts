import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { compare } from 'bcryptjs';
import { createRegistryClient } from '../../../activities/registry/client.ts';
import { readLogins } from '../../../activities/registry/logins.ts';
import { ensureRegistryLogin } from '../../../cli/up/registry-login.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { startRegistry } from '../../../infra/dev/registry.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';

const never = new AbortController().signal;

test('the registry of `landfall up` lets Landfall in and nobody else; its password is made once [B16][F5]', async () => {
  const dir = tempDir();
  const file = join(dir, 'registry-auth.json');
  const port = await freePort();
  const htpasswd = await ensureRegistryLogin(file, `127.0.0.1:${port}`);
  const registry = await startRegistry({ dir: join(dir, 'registry'), port, htpasswd });
  onCleanup(registry.stop);
  const logins = readLogins([file]);

  const ours = createRegistryClient({ address: registry.address, insecure: true, logins });
  const upload = await fetch(`http://${registry.address}/v2/a/b/blobs/uploads/`, { method: 'POST' });

  expect(await ours.head('a/b', 'x', never)).toBeUndefined();
  expect(upload.status).toBe(401);
  expect([file, join(dir, 'registry', 'htpasswd')].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);

  const password = logins.of(registry.address)?.password.reveal() ?? '';
  const again = await ensureRegistryLogin(file, '127.0.0.1:1');
  expect(await compare(password, again.trim().slice('landfall:'.length))).toBe(true);
  expect(readLogins([file]).of('127.0.0.1:1')?.password.reveal()).toBe(password);
  expect(htpasswd + readFileSync(join(dir, 'registry', 'registry.yml'), 'utf8')).not.toContain(password);
});

test('a file of somebody else is not overwritten', async () => {
  const file = join(tempDir(), 'registry-auth.json');
  writeFileSync(file, '{"auths":{"a.example":{"auth":"bWU6cHc="}}}');

  await expect(ensureRegistryLogin(file, '127.0.0.1:1')).rejects.toThrow('it is not what Landfall writes');
  expect(readFileSync(file, 'utf8')).toContain('bWU6cHc=');
});
