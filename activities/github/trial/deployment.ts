import { asParameter } from '../octokit.ts';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { gitHubId } from '../../../contracts/core/github-id-fields.ts';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { failureFacts, failureOf } from '../../../contracts/core/failures.ts';
import { retryMissing } from '../retry-missing.ts';
import { cutLine } from '../text.ts';
import type { Trial } from './app.ts';
import type { KnownRepository } from './repository.ts';
import { TrialRefused } from './steps.ts';

interface TriedDeployment {
  readonly known: KnownRepository;
  readonly commit: string;
  readonly environment: string;
}

const PERMISSIONS = { deployments: 'write' } as const;
/** GitHub refuses a longer description (docs, "Create a deployment"). */
const MAX_DESCRIPTION = 140;
const DESCRIPTION = "Trial of Landfall's GitHub App: nothing is deployed.";
/** Lets workflows that run on deployments tell it from one that is meant: GitHub's own default is `deploy`. */
const TASK = 'landfall-try';

/** A begun deployment is ended even when GitHub is away for a moment. Waits between tries, in milliseconds. */
const END_AGAIN_MS = [1_000, 3_000];
/** All tries of it, also after an interruption. */
const END_MS = 15_000;

const Created = z.object({ id: gitHubId });
const Listed = z.array(z.object({ id: gitHubId, payload: z.unknown() }));

type State = 'in_progress' | 'success' | 'inactive' | 'error';

/**
 * Creates a deployment on GitHub, takes it to `success`, and ends it as `inactive`. After any failure on the way it is
 * ended as `error`: nothing stays in progress, and nothing looks live.
 */
export async function tryDeployment(trial: Trial, subject: TriedDeployment): Promise<void> {
  const { steps, signal: interrupted } = trial;
  // A sent request is waited for: a request cut off could still take effect, and after the end. The client has a limit.
  const patient = { ...trial, signal: new AbortController().signal };
  // Finds it again when only GitHub's answer was lost.
  const mark = randomUUID();
  let id: GitHubId | undefined;
  try {
    id = await steps.run('deployment', async () => {
      interrupted.throwIfAborted();
      const created = await create(patient, subject, mark);
      return { value: created, detail: `deployment ${created} to ${subject.environment}` };
    });
    const deploymentId = id;
    for (const state of ['in_progress', 'success'] as const) {
      await steps.run(state, async () => {
        interrupted.throwIfAborted();
        await retryMissing(patient.signal, () => post(patient, subject, deploymentId, state));
        return { value: undefined, detail: `deployment ${deploymentId}` };
      });
    }
  } catch (error) {
    // A refusal created nothing; after anything else there may be one.
    const refused = id === undefined && isFinal(error);
    if (!refused)
      await end(trial, subject, 'error', async (late) => id ?? find(late, subject, mark)).catch(() => undefined);
    throw error;
  }
  await end(trial, subject, 'inactive', () => Promise.resolve(id));
}

async function create({ gitHub, signal }: Trial, { known, commit, environment }: TriedDeployment, mark: string) {
  const { origin } = known;
  const call = { origin, permissions: PERMISSIONS, what: 'Creating the deployment', answer: Created, signal };
  const { id } = await gitHub.client.call(call, (github, repository) =>
    github.rest.repos.createDeployment({
      ...repository,
      ref: commit,
      environment,
      task: TASK,
      description: cutLine(DESCRIPTION, MAX_DESCRIPTION),
      // See createDeployments: otherwise GitHub merges, or waits for checks.
      auto_merge: false,
      required_contexts: [],
      transient_environment: true,
      // Otherwise it is, for an environment named so.
      production_environment: false,
      payload: { landfallTry: mark },
    }),
  );
  return id;
}

async function find({ gitHub, signal }: Trial, { known, commit, environment }: TriedDeployment, mark: string) {
  const { origin } = known;
  const call = { origin, permissions: PERMISSIONS, what: 'Looking for the deployment', answer: Listed, signal };
  const listed = await gitHub.client.call(call, (github, repository) =>
    github.rest.repos.listDeployments({ ...repository, sha: commit, environment, task: TASK, per_page: 100 }),
  );
  return listed.find(({ payload }) => isMarked(payload, mark))?.id;
}

async function post({ gitHub, signal }: Trial, { known }: TriedDeployment, id: GitHubId, state: State): Promise<void> {
  const { origin } = known;
  const call = { origin, permissions: PERMISSIONS, what: `Reporting "${state}"`, answer: Created, signal };
  await gitHub.client.call(call, (github, repository) =>
    github.rest.repos.createDeploymentStatus({
      ...repository,
      deployment_id: asParameter(id),
      state,
      description: cutLine(DESCRIPTION, MAX_DESCRIPTION),
      // Otherwise a success retires what really runs in this environment.
      auto_inactive: false,
    }),
  );
}

/** @param which - selects the deployment; there may be none */
async function end(
  trial: Trial,
  subject: TriedDeployment,
  state: 'inactive' | 'error',
  which: (late: Trial) => Promise<GitHubId | undefined>,
): Promise<void> {
  // An interruption does not stop this.
  const late = { ...trial, signal: AbortSignal.timeout(END_MS) };
  await trial.steps.run('end', async () => {
    try {
      return await again(late.signal, async () => {
        const id = await which(late);
        if (id === undefined) return { value: undefined, detail: 'there is no deployment to end' };
        await retryMissing(late.signal, () => post(late, subject, id, state));
        return { value: undefined, detail: `deployment ${id} is "${state}"` };
      });
    } catch (error) {
      throw new TrialRefused(
        `it may still look live on GitHub (${error instanceof Error ? error.message : String(error)})`,
        `See ${subject.known.url}/deployments; once GitHub answers, post the state "inactive" to it (https://docs.github.com/rest/deployments/statuses).`,
        { cause: error },
      );
    }
  });
}

async function again<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (const waitMs of END_AGAIN_MS) {
    try {
      return await work();
    } catch (error) {
      if (isFinal(error)) throw error;
      await sleep(waitMs, undefined, { signal });
    }
  }
  return work();
}

function isFinal(error: unknown): boolean {
  const known = failureOf(error);
  return known !== undefined && !failureFacts(known.type).retryable;
}

const isMarked = (payload: unknown, mark: string): boolean =>
  typeof payload === 'object' && payload !== null && 'landfallTry' in payload && payload.landfallTry === mark;
