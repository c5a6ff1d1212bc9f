import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createBuildActivities } from '../../../activities/build/build.activities.ts';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import type { BuildStep } from '../../../contracts/deployment/build.ts';
import type { BuildSettings } from '../../../contracts/config/service.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { keepLogs } from '../../support/kept-logs.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitServer } from '../../../stand-ins/git-server.ts';
import { tempDir } from '../../support/tmp.ts';
import { createRepository } from '../source/repository.ts';
import { failing, perform, SETTINGS } from './build-host.ts';

const TOKEN = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
const ENCODED = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

/** A host that fetches only: nothing here needs its engine. */
async function fetching(token: string) {
  const root = tempDir();
  const repository = createRepository(root, 'acme/private');
  const server = await startGitServer({ root, authorize: (given) => given?.password === TOKEN });
  onCleanup(() => server.stop());
  const host = HostSettings.parse({ name: 'fetcher', podmanSocket: '/no.sock', workDir: tempDir() });
  const logDir = tempDir();
  const activities = createBuildActivities({
    host,
    podman: createPodmanClient(host.podmanSocket),
    registry: { address: '127.0.0.1:1', insecure: true },
    credentials: { tokenFor: async () => new Secret(token), cloneUrlOf: async ({ cloneUrl }) => cloneUrl },
    logs: keepLogs(logDir),
  });
  const step = (commit: string, settings: Partial<BuildSettings> = {}): BuildStep => ({
    build: {
      buildId: 'acme.web.1',
      key: { project: 'acme', service: 'web' },
      origin: {
        kind: 'github',
        repositoryId: '1',
        repository: 'acme/private',
        installationId: '2',
        cloneUrl: server.url + repository.path,
      },
      commit,
      settings: { ...SETTINGS, ...settings },
      extraTags: [],
    },
    host: host.name,
  });
  const folder = join(host.workDir, 'builds', 'acme.web.1');
  return {
    activities,
    repository,
    bare: join(root, 'acme/private.git'),
    step,
    folder,
    log: () => readFileSync(join(logDir, 'build-acme.web.1.log'), 'utf8'),
  };
}

test('a private repository is fetched with the token, which stays out of the log and the folder [B6]', async () => {
  const { activities, repository, step, folder, log } = await fetching(TOKEN);
  const commit = repository.commit({ 'a.txt': 'wanted' });
  repository.commit({ 'a.txt': 'newer' });

  await perform(() => activities.fetchSource(step(commit)));

  expect(readFileSync(join(folder, 'source', 'a.txt'), 'utf8')).toBe('wanted');
  expect(log()).toMatch(new RegExp(`Fetched commit ${commit} of http://[^"]*/acme/private.git: 1 files in \\.`));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const kept = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
  for (const secret of [TOKEN, ENCODED]) expect(log() + kept).not.toContain(secret);
});

test('a refused token is told in the log and the failure, without itself [B6]', async () => {
  const wrong = `${TOKEN}x`;
  const { activities, repository, step, log } = await fetching(wrong);

  const { type, message } = await failing(perform(() => activities.fetchSource(step(repository.commit({ a: 'a' })))));

  expect(type).toBe('SourceRefused');
  expect(log()).toContain('SourceRefused: Fetching commit');
  expect(log() + message).not.toContain(wrong);
  expect(log() + message).not.toContain(Buffer.from(`x-access-token:${wrong}`).toString('base64'));
});

describe('a commit whose checkout is not all of it', () => {
  const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
  const MANY = 10_000;

  /** A commit of whatever a tree can hold, names as bytes. */
  async function committed(
    entries: (blob: (text: string | Buffer) => string) => readonly [kind: string, name: string][],
  ) {
    const host = await fetching(TOKEN);
    const git = (args: readonly string[], input: string | Buffer = '') =>
      execFileSync('git', ['-C', host.bare, ...args], { input, encoding: 'utf8', env: AUTHOR }).trim();
    const lines = entries((text) => git(['hash-object', '-w', '--stdin'], text));
    const listing = Buffer.from(lines.map(([kind, name]) => `${kind}\t${name}\0`).join(''), 'latin1');
    const commit = git(['commit-tree', git(['mktree', '-z', '--missing'], listing), '-m', 'made']);
    host.repository.git('update-ref', 'refs/heads/made', commit);
    return { ...host, commit };
  }
  const submodule = (name: string): [string, string] => [`160000 commit ${'1'.repeat(40)}`, name];
  const utf8 = (name: string) => Buffer.from(name).toString('latin1');

  test('because it has submodules is refused with their paths; skipped, it is built without them [B6]', async () => {
    const { activities, commit, step } = await committed((blob) => [
      [`100644 blob ${blob('x')}`, 'Dockerfile'],
      submodule(utf8('libs "é"')),
      submodule('theme'),
    ]);

    expect(await failing(perform(() => activities.fetchSource(step(commit))))).toEqual({
      type: 'IncompleteSource',
      message: expect.stringMatching(/submodules.*: "libs \\"é\\"", "theme"\. .*build\.submodules: skip/),
    });
    await perform(() => activities.fetchSource(step(commit, { submodules: 'skip' })));
  });

  test.each([
    ['with a pointer of Git LFS', POINTER, 'refused'],
    [
      'with an old one, extensions and CRLF-free',
      POINTER.replace('git-lfs.github', 'hawser.github').replace('oid', 'ext-0-foo sha256:b\noid'),
      'refused',
    ],
    ['with a text about pointers', `# How it works\n${POINTER}`, 'built'],
    ['with half a pointer', POINTER.split('\n').slice(0, 2).join('\n'), 'built'],
  ])('%s is looked into [B6]', async (_, text, outcome) => {
    const { activities, commit, step } = await committed((blob) => [[`100644 blob ${blob(text)}`, 'model.bin']]);

    const fetched = failing(perform(() => activities.fetchSource(step(commit))));

    if (outcome === 'built') expect((await fetched).type).toBeUndefined();
    else {
      expect(await fetched).toEqual({
        type: 'IncompleteSource',
        message: expect.stringMatching(/Git LFS.*: "model\.bin"\. .*build\.lfs: skip/),
      });
      await perform(() => activities.fetchSource(step(commit, { lfs: 'skip' })));
    }
  });

  test('is refused when a name is not UTF-8, which is named, and what to do [B6]', async () => {
    const { activities, commit, step } = await committed((blob) => [[`100644 blob ${blob('x')}`, 'caf\xe9.txt']]);

    expect(await failing(perform(() => activities.fetchSource(step(commit))))).toEqual({
      type: 'UnsafeSource',
      message: expect.stringMatching(/names that are not UTF-8: "caf\\351\.txt"\. Rename/),
    });
  });

  test('is refused when a link leads to such a name', async () => {
    const { activities, commit, step } = await committed((blob) => [
      [`120000 blob ${blob(Buffer.from('caf\xe9', 'latin1'))}`, 'link'],
    ]);

    expect(await failing(perform(() => activities.fetchSource(step(commit))))).toEqual({
      type: 'UnsafeSource',
      message: expect.stringContaining('"link" is a link to a name that is not UTF-8'),
    });
  });

  test(`with ${MANY} of each kind costs little, and is told in a sentence`, async () => {
    for (const make of [
      (blob: (text: string | Buffer) => string) => {
        const id = blob(POINTER);
        return Array.from({ length: MANY }, (_, n): [string, string] => [
          `100644 blob ${id}`,
          `${'p'.repeat(200)}${n}`,
        ]);
      },
      () => Array.from({ length: MANY }, (_, n) => submodule(`module${n}`)),
      (blob: (text: string | Buffer) => string) => {
        const id = blob('x');
        return Array.from({ length: MANY }, (_, n): [string, string] => [`100644 blob ${id}`, `\xff${n}`]);
      },
    ]) {
      const { activities, commit, step } = await committed(make);

      const { type, message } = await failing(perform(() => activities.fetchSource(step(commit))));

      expect(type).toMatch(/IncompleteSource|UnsafeSource/);
      expect(message).toMatch(/ and (?:at least )?\d+ more\. /);
      expect(message.length).toBeLessThan(2_000);
    }
  });

  test('because a path is too long for the host is refused for good', async () => {
    const { activities, commit, step } = await committed((blob) => [[`100644 blob ${blob('x')}`, 'n'.repeat(300)]]);

    expect(await failing(perform(() => activities.fetchSource(step(commit))))).toEqual({
      type: 'UnsafeSource',
      message: expect.stringContaining('too long'),
    });
  });
});

const AUTHOR = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};
