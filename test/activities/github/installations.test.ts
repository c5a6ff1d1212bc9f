import { describe, expect, test } from '@jest/globals';
import { createInstallationActivities } from '../../../activities/github/installation.activities.ts';
import { createInstallations } from '../../../activities/github/installations.ts';
import type { InstallationReading } from '../../../contracts/config/installation.ts';
import { createInstallationRecord, listInstallations } from '../../../store/queries/installations.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { asActivity, startScene } from './scene.ts';

const { app, broker, callsOf, credentials, github, repository } = await startScene();
const { db } = await openTestStore();
const installations = createInstallations({ apiUrl: credentials.apiUrl, app, broker });
const record = createInstallationRecord(db);
const activities = createInstallationActivities({ installations, broker, record });
const { installationId } = repository;

const refresh = () => asActivity(() => activities.refreshInstallation(installationId));
const kept = async () => (await listInstallations(db)).find((one) => one.installationId === installationId);
const token = () =>
  broker.token(
    { installationId, repositoryId: repository.id, permissions: { contents: 'read' } },
    AbortSignal.timeout(5_000),
  );

describe('an installation', () => {
  test('is kept as GitHub says it is, with its repositories, whatever the event said [B1][B3]', async () => {
    await github.addRepository({ owner: 'acme', name: 'api' });
    expect(await refresh()).toEqual({ state: 'active' });
    expect(await kept()).toMatchObject({
      ...{ account: 'acme', state: 'active', everyRepository: true, repositories: 2 },
      permissions: { contents: 'read', checks: 'write' },
    });
    github.includeRepository(repository.id, false);
    await refresh();
    expect(await kept()).toMatchObject({ everyRepository: false, repositories: 1 });
    github.includeRepository(repository.id, true);
    await refresh();
    expect(await kept()).toMatchObject({ repositories: 2 });
  });

  test('of more repositories than fit on a page is read to its end [B3]', async () => {
    for (let number = 1; number <= 120; number += 1) await github.addRepository({ owner: 'many', name: `r${number}` });
    const many = await github.addRepository({ owner: 'many', name: 'last' });
    await asActivity(() => activities.refreshInstallation(many.installationId));
    const all = await listInstallations(db);
    expect(all.find(({ account }) => account === 'many')).toMatchObject({ repositories: 121 });
  }, 300_000);

  test('that changes loses the tokens that were kept for it, and only it [A1][B1]', async () => {
    await token();
    expect(await callsOf(token)).toEqual([]);
    await refresh();
    expect(await callsOf(token)).toEqual(['apps/create-installation-access-token']);
  });

  test('that is suspended is kept as such, with the repositories that it had, and comes back [B1]', async () => {
    github.suspendInstallation(installationId, true);
    expect(await refresh()).toEqual({ state: 'suspended' });
    expect(await kept()).toMatchObject({ state: 'suspended', account: 'acme', repositories: 2 });
    github.suspendInstallation(installationId, false);
    expect(await refresh()).toEqual({ state: 'active' });
  });

  test('keeps the newest reading, however late an older one is told [B1][F1]', async () => {
    const readAt = Date.now();
    const reading: InstallationReading = {
      ...{ installationId: '7', account: 'late', state: 'active', permissions: {}, everyRepository: true, readAt },
      repositories: [{ id: '1', fullName: 'late/web', private: true }],
    };
    await record.record(reading);
    await record.record({ ...reading, state: 'suspended', repositories: [], readAt: readAt - 1 });
    expect((await listInstallations(db)).find(({ account }) => account === 'late')).toMatchObject({
      ...{ state: 'active', repositories: 1 },
    });
  });

  test('that is removed keeps its name, and has no repositories [B1]', async () => {
    github.removeInstallation(installationId);
    expect(await refresh()).toEqual({ state: 'deleted' });
    expect(await kept()).toMatchObject({ state: 'deleted', account: 'acme', permissions: null, repositories: 0 });
  });
});
