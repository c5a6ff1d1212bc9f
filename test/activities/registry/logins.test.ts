import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildHeaders, pullHeaders } from '../../../activities/registry/engine-headers.ts';
import { loginsOf, NO_LOGINS, readLogins } from '../../../activities/registry/logins.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { tempDir } from '../../support/tmp.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function written(content: unknown, mode = 0o600): string {
  const path = join(tempDir(), 'auth.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode });
  chmodSync(path, mode);
  return path;
}

const shown = (logins: ReturnType<typeof readLogins>, reference: string) => {
  const found = logins.of(reference);
  return found && `${found.user}:${found.password.reveal()}`;
};

describe('passwords of registries', () => {
  const file = written({
    auths: {
      'registry.example.com': { auth: base64('a:b:c') },
      'registry.example.com/team': { username: 'team', password: 'p' },
      'https://index.docker.io/v1/': { auth: base64('hub:h') },
      '127.0.0.1:5000': { auth: base64('landfall:l') },
      'empty.example.com': {},
    },
    credsStore: 'desktop',
  });

  test.each([
    ['registry.example.com/other/web:1', 'a:b:c'],
    ['registry.example.com/team/web@sha256:00', 'team:p'],
    ['registry.example.com/teams/web', 'a:b:c'],
    ['registry.example.com/team:1', 'team:p'],
    ['registry.example.com', 'a:b:c'],
    ['docker.io/library/node:20', 'hub:h'],
    ['127.0.0.1:5000/shop/web', 'landfall:l'],
    ['127.0.0.1:50/shop/web', undefined],
    ['registry.example.com.evil/x', undefined],
    ['constructor', undefined],
  ])('for %s [B16]', (reference, expected) => {
    expect(shown(readLogins([file]), reference)).toBe(expected);
  });

  test('of several files the first counts, and a changed one is read again [B16]', () => {
    const first = written({ auths: { 'a.example': { auth: base64('one:1') } } });
    const second = written({ auths: { 'a.example': { auth: base64('two:2') }, 'b.example': { auth: base64('b:2') } } });
    const logins = readLogins([first, second]);
    expect([shown(logins, 'a.example'), shown(logins, 'b.example')]).toEqual(['one:1', 'b:2']);

    writeFileSync(first, JSON.stringify({ auths: { 'a.example': { auth: base64('three:33') } } }));

    expect(shown(logins, 'a.example')).toBe('three:33');
  });

  test.each([
    ['that is not there', () => join(tempDir(), 'none'), /ENOENT/],
    [
      'that others may read',
      () => written({ auths: { a: { auth: base64('a:secret') } } }, 0o604),
      /others on this machine may read it: chmod 600/,
    ],
    ['that is no JSON', () => written('secret'), /is no file of registry passwords/],
    ['of another shape', () => written({ auths: ['secret'] }), /is no file of registry passwords/],
    ['without a password', () => written({ auths: { a: {} } }), /holds no password/],
    [
      'of a credential helper',
      () => written({ credHelpers: { a: 'ecr-login' } }),
      /credential helper, which Landfall does not run/,
    ],
    [
      'with a token of a session',
      () => written({ auths: { a: { identitytoken: 'secret' } } }),
      /the entry of a is not user and password/,
    ],
    [
      'with a token of a session beside a user without a password',
      () => written({ auths: { a: { auth: base64('secret:'), identitytoken: 'secret' } } }),
      /the entry of a is not user and password/,
    ],
    [
      'with a token of a session beside an empty password',
      () => written({ auths: { a: { username: 'secret', password: '', identitytoken: 'secret' } } }),
      /the entry of a is not user and password/,
    ],
    [
      'with half of a password',
      () => written({ auths: { a: { auth: base64('secret') } } }),
      /the entry of a is not user and password/,
    ],
  ])('a file %s is refused, and not repeated [B16]', (_, path, message) => {
    const read = () => readLogins([path()]);

    expect(read).toThrow(message);
    expect(read).not.toThrow(/secret/);
  });
});

describe('what the engine is given', () => {
  const logins = loginsOf({
    '127.0.0.1:5000': { user: 'landfall', password: new Secret('>>>???') },
    'b.example': { user: 'b', password: new Secret('p') },
  });
  const read = (header: string | undefined): unknown =>
    JSON.parse(Buffer.from((header ?? '').replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString());

  test('for one image is the password of its registry, under its name, in URL-safe base64 [B16]', () => {
    const header = pullHeaders(logins, '127.0.0.1:5000/shop/web:1')['x-registry-auth'];

    expect(header).toMatch(/^[A-Za-z0-9_=-]+$/);
    expect(read(header)).toEqual({ '127.0.0.1:5000': { username: 'landfall', password: '>>>???' } });
    expect(pullHeaders(logins, 'c.example/x')).toEqual({});
  });

  const several = readLogins([
    written({
      auths: {
        'https://index.docker.io/v1/': { auth: base64('hub:h') },
        'docker.io/acme': { auth: base64('acme:a') },
        'acme.example': { auth: base64('other:o') },
        'localhost:5000': { auth: base64('local:l') },
        node: { auth: base64('node:n') },
      },
    }),
  ]);

  test.each([
    ['node:22', 'docker.io', 'hub'],
    ['node', 'docker.io', 'hub'],
    [`node@sha256:${'0'.repeat(64)}`, 'docker.io', 'hub'],
    ['bitnami/redis', 'docker.io', 'hub'],
    ['acme/private:1', 'docker.io', 'acme'],
    ['docker.io/acme/private:1', 'docker.io', 'acme'],
    ['docker.io/node:22', 'docker.io', 'hub'],
    ['index.docker.io/library/node:22', 'docker.io', 'hub'],
    ['acme.example/private:1', 'acme.example', 'other'],
    ['localhost:5000/private:1', 'localhost:5000', 'local'],
  ])('for %s is the login of %s [B16]', (reference, key, user) => {
    expect(read(pullHeaders(several, reference)['x-registry-auth'])).toEqual({
      [key]: { username: user, password: user.slice(0, 1) },
    });
  });

  test.each(['localhost/private:1', 'b.example/node:22', '127.0.0.1:5000/node:22', 'ACME/private:1'])(
    'for %s, of another registry, is no login of the Hub [B16]',
    (reference) => {
      expect(pullHeaders(several, reference)).toEqual({});
    },
  );

  test('for a registry is no login of the Hub: its address has the form of a short name [B16]', () => {
    expect(several.of('127.0.0.1:5000')).toBeUndefined();
    expect(several.of('b.example')).toBeUndefined();
  });

  test('for a build is all of them', () => {
    expect(Object.keys(read(buildHeaders(logins)['x-registry-config']) as object)).toEqual([
      '127.0.0.1:5000',
      'b.example',
    ]);
    expect(buildHeaders(NO_LOGINS)).toEqual({});
  });
});
