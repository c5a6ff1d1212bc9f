/** The choices for a person: each verb ends with a list. */
import { z } from 'zod';
import { TRIAL_ENVIRONMENT, type TrialChoice } from '../../../contracts/github/app-preflight.ts';
import { authenticate, type Trial } from './app.ts';
import { commitAdvice, findTrialCommit } from './commit.ts';
import { readMetadata } from '../every-repository.ts';
import { findTrialInstallation, listAppInstallations, type Installation } from './installation.ts';
import { readRepository, type KnownRepository } from './repository.ts';
import { TrialRefused } from './steps.ts';

/** More do not fit on a screen; any other can be named. */
const MOST_REPOSITORIES = 20;
const MOST_COMMITS = 10;
const PAGE = 100;

const Repositories = z.object({
  repositories: z.array(z.object({ full_name: z.string(), private: z.boolean(), pushed_at: z.string().nullish() })),
});
const Environments = z.object({ environments: z.array(z.object({ name: z.string() })).default([]) });
const Deployments = z.array(z.object({ environment: z.string() }));

/** The repositories that installations include, the one that was pushed to last first. */
export async function listRepositories(trial: Trial): Promise<TrialChoice[]> {
  const { gitHub, steps, signal } = trial;
  const app = await authenticate(trial);
  return steps.run('repositories', async () => {
    const installations = await listAppInstallations(gitHub, signal);
    const active = installations.filter(({ suspended }) => !suspended);
    const found: z.infer<typeof Repositories>['repositories'] = [];
    for (const { id: installationId, account } of active) {
      const call = { installationId, what: `Listing the repositories of ${account}`, answer: Repositories, signal };
      const { repositories } = await readMetadata(gitHub, call, (github) =>
        github.rest.apps.listReposAccessibleToInstallation({ per_page: PAGE }),
      );
      found.push(...repositories);
    }
    if (found.length === 0) throw noRepositories(installations, app.installUrl);
    const newest = found.toSorted((a, b) => (b.pushed_at ?? '').localeCompare(a.pushed_at ?? ''));
    const value = newest.slice(0, MOST_REPOSITORIES).map(({ full_name: name, private: hidden, pushed_at: pushed }) => ({
      value: name,
      about: `${hidden ? 'private' : 'public'}${pushed ? `, pushed ${pushed.slice(0, 10)}` : ''}`,
    }));
    return { value, detail: `${found.length} at ${active.map(({ account }) => account).join(', ')}` };
  });
}

function noRepositories(installations: readonly Installation[], installUrl: string): TrialRefused {
  const [first] = installations;
  if (!first) return new TrialRefused('the App is installed nowhere', `Install it at ${installUrl}.`);
  if (installations.every(({ suspended }) => suspended)) {
    return new TrialRefused('every installation is suspended', `Take one up again ("Unsuspend"): ${first.url}.`);
  }
  return new TrialRefused('no installation includes a repository', `Add one at ${first.url}.`);
}

/** The newest commits of the default branch, as its first parents lead back. */
export async function listCommits(trial: Trial, repository: string): Promise<TrialChoice[]> {
  const { known } = await findRepository(trial, repository);
  return trial.steps.run(
    'commits',
    async () => {
      const value: TrialChoice[] = [];
      let next: string | undefined = known.defaultBranch;
      while (next !== undefined && value.length < MOST_COMMITS) {
        const { commit, subject, at, parents } = await findTrialCommit(trial, known, next);
        value.push({ value: commit, about: `${at.slice(0, 10)} ${subject}`.trim() });
        next = parents[0];
      }
      return { value, detail: `the newest of ${known.defaultBranch}` };
    },
    commitAdvice(known),
  );
}

/** {@link TRIAL_ENVIRONMENT}, and those that GitHub has. */
export async function listEnvironments(trial: Trial, repository: string): Promise<TrialChoice[]> {
  const { installation, known } = await findRepository(trial, repository);
  return trial.steps.run('environments', async () => {
    const mayList = installation.permissions['actions'] !== undefined;
    const names = mayList ? await allEnvironments(trial, known) : await deployedEnvironments(trial, known);
    const theirs = [...new Set(names)].filter((name) => name !== TRIAL_ENVIRONMENT);
    const value = [
      { value: TRIAL_ENVIRONMENT, about: 'for trials alone' },
      ...theirs.map((name) => ({ value: name, about: 'on GitHub; what runs there stays as it is' })),
    ];
    return { value, detail: mayList ? 'all of them' : 'those of the newest deployments' };
  });
}

async function allEnvironments({ gitHub, signal }: Trial, { origin }: KnownRepository): Promise<string[]> {
  const permissions = { actions: 'read' } as const;
  const call = { origin, permissions, what: 'Listing the environments', answer: Environments, signal };
  const { environments } = await gitHub.client.call(call, (github, repository) =>
    github.rest.repos.getAllEnvironments({ ...repository, per_page: PAGE }),
  );
  return environments.map(({ name }) => name);
}

/** GitHub lists environments to Apps that may read Actions only, which Landfall does not need. */
async function deployedEnvironments({ gitHub, signal }: Trial, { origin }: KnownRepository): Promise<string[]> {
  const permissions = { deployments: 'write' } as const;
  const call = { origin, permissions, what: 'Listing the deployments', answer: Deployments, signal };
  const deployments = await gitHub.client.call(call, (github, repository) =>
    github.rest.repos.listDeployments({ ...repository, per_page: PAGE }),
  );
  return deployments.map(({ environment }) => environment);
}

async function findRepository(trial: Trial, repository: string) {
  const app = await authenticate(trial);
  const installation = await findTrialInstallation(trial, app, repository);
  return { installation, known: await readRepository(trial, installation, repository) };
}
