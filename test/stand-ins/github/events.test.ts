import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';
import { startGitHub } from '../../../stand-ins/github/start.ts';
import { createWorkCopy } from '../../../stand-ins/github/work-copy.ts';

test('every event that the stand-in sends is one that GitHub describes', async () => {
  const dir = tempDir();
  // No server listens there; sent events are checked against the description all the same.
  const webhook = { url: 'http://127.0.0.1:9/', secret: 's' };
  const github = await startGitHub({ dir: join(dir, 'github'), webhook });
  onCleanup(() => github.stop());
  const { id: repositoryId, installationId, pushUrl } = await github.addRepository({ owner: 'acme', name: 'web' });
  const work = await createWorkCopy(join(dir, 'work'), pushUrl);
  const commit = await work.commit({ 'a.txt': 'a' });
  await work.push();
  await github.webhooksSent();

  github.completeWorkflowRun({ repositoryId, path: 'ci.yml', branch: 'main', commit, conclusion: 'success' });
  await github.requestMergeGroupChecks({ repositoryId, branch: 'main', commit });
  github.suspendInstallation(installationId, true);
  github.suspendInstallation(installationId, false);
  github.includeRepository(repositoryId, false);
  github.includeRepository(repositoryId, true);
  github.setPermissions(installationId, { contents: 'read' });
  github.removeInstallation(installationId);
  await github.webhooksSent();

  expect(github.deliveries().map(({ event, action }) => [event, action].filter(Boolean).join('.'))).toEqual([
    'push',
    'workflow_run.completed',
    'merge_group.checks_requested',
    'installation.suspend',
    'installation.unsuspend',
    'installation_repositories.removed',
    'installation_repositories.added',
    'installation.new_permissions_accepted',
    'installation.deleted',
  ]);
  expect(github.drift()).toEqual([]);
});
