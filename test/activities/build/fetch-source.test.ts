import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createBuildActivities } from '../../../activities/build/build.activities.ts';
import { createFileLogSink } from '../../../activities/logs/file-sink.ts';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import type { BuildStep } from '../../../contracts/build.ts';
import { HostSettings } from '../../../contracts/host.ts';
import { Secret } from '../../../contracts/secret.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitServer } from '../../support/git-server.ts';
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
    logs: createFileLogSink(logDir),
  });
  const step = (commit: string): BuildStep => ({
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
      settings: SETTINGS,
      extraTags: [],
      report: false,
    },
    host: host.name,
  });
  const folder = join(host.workDir, 'builds', 'acme.web.1');
  return {
    activities,
    repository,
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
