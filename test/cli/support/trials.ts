/** A GitHub with a repository to try an App on, and `landfall github try` run against it. */
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { z } from 'zod';
import { TrialStep } from '../../../contracts/github/app-preflight.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitHub } from '../../../stand-ins/github/start.ts';
import { createWorkCopy } from '../../../stand-ins/github/work-copy.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall, type RunOptions } from './run.ts';

/** The permissions that an App needs at least. */
export const GRANTED = { checks: 'write', contents: 'read', deployments: 'write', metadata: 'read' } as const;

/** Every step of a trial, in order. */
export const ALL = [
  'settings',
  'key',
  'app',
  'installation',
  'permissions',
  'token',
  'commit',
  'deployment',
  'in_progress',
  'success',
  'end',
];

export const on = (repository: string, ...more: readonly string[]) => ['--repository', repository, ...more];

const Answer = z.object({
  ok: z.boolean(),
  repository: z.string().nullable(),
  ref: z.string().nullable(),
  environment: z.string().nullable(),
  steps: z.array(TrialStep),
});

/** acme/web with two commits on `main` and one more on the branch `fix/price`. */
export async function startTrials() {
  const dir = tempDir();
  const github = await startGitHub({ dir: join(dir, 'github') });
  onCleanup(() => github.stop());
  const web = await github.addRepository({ owner: 'acme', name: 'web' });
  const work = await createWorkCopy(join(dir, 'work'), web.pushUrl);
  const first = await work.commit({ 'a.txt': '1\n' }, 'Begin');
  await work.push();
  await work.git('switch', '--quiet', '--create', 'fix/price');
  const onBranch = await work.commit({ 'a.txt': '2\n' }, 'Fix the price');
  await work.push({ ref: 'fix/price' });
  await work.git('switch', '--quiet', 'main');
  const head = await work.commit({ 'a.txt': '3\n' }, 'Sell more\n\nMuch more.');
  await work.push();
  const env = {
    GITHUB_API_URL: github.url,
    GITHUB_APP_ID: String(github.appId),
    GITHUB_APP_PRIVATE_KEY: github.privateKey,
  };

  function expectNoSecret(text: string): void {
    expect(text).not.toMatch(/ghs_|eyJ|PRIVATE KEY-/);
    for (const line of github.privateKey.split('\n').filter((each) => each.length > 20))
      expect(text).not.toContain(line);
  }

  return {
    ...{ dir, github, web, work, first, onBranch, head, env, expectNoSecret },
    /** Runs it with `--json`. Neither key nor token is ever in what it prints. */
    async attempt(argv: readonly string[], options: RunOptions = {}) {
      const ran = await landfall(['github', 'try', ...argv, '--json'], { env, ...options });
      expectNoSecret(`${ran.stdout}${ran.stderr}`);
      const answer = Answer.parse(JSON.parse(ran.stdout));
      return {
        ...ran,
        ...answer,
        names: answer.steps.map(({ step }) => step),
        failed: answer.steps.find(({ state }) => state === 'failed'),
      };
    },
    /** States of the deployments that `work` makes on GitHub. */
    async deploymentsOf(work: () => Promise<unknown>) {
      const before = github.deployments().length;
      await work();
      return github
        .deployments()
        .slice(before)
        .map(({ statuses, ...deployment }) => ({ ...deployment, states: statuses.map(({ state }) => state) }));
    },
    /** Call it after each test: it checks that every request was one that GitHub knows, and ends all faults. */
    calm(): void {
      github.clearFaults();
      github.setClock(0);
      github.setPermissions(web.installationId, GRANTED);
      github.setAppPermissions(GRANTED);
      github.suspendInstallation(web.installationId, false);
      expect(github.drift()).toEqual([]);
    },
  };
}
