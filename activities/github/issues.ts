import { log } from '@temporalio/activity';
import { z } from 'zod';
import type { GitHubOrigin } from '../../contracts/config/service.ts';
import { oneLine, type Markdown } from '../../contracts/core/markdown.ts';
import { FailureType, failureFacts, failureOf } from '../../contracts/core/failures.ts';
import { labelName } from '../../contracts/github/shown-names.ts';
import type { Tries } from './tries.ts';
import type { AppClient } from './app-client.ts';
import type { GitHubCall, GitHubClient } from './client.ts';
import { explanationOf } from './errors.ts';
import { PER_PAGE, everyPage } from './every-page.ts';
import type { FailedDeployment, RecoveredDeployment } from './github.port.ts';
import {
  deploymentMarker,
  failedAgain,
  failureIssue,
  issueMarker,
  landedAgain,
  recoveryMarker,
  servesAgain,
} from './issue-text.ts';
import { ourLogin } from './our-login.ts';

const PERMISSIONS = { issues: 'write' } as const;

/** Beside the environment's own name. */
const LABELS = [
  { name: labelName('deployment'), color: '1d76db', description: oneLine('Reported by Landfall') },
  {
    name: labelName('rollback'),
    color: 'd93f0b',
    description: oneLine('A deployment failed; what ran before had to stay or come back'),
  },
  { name: labelName('urgent'), color: 'b60205', description: oneLine('Look at this first') },
] as const;
const ENVIRONMENT_COLOR = 'c5def5';

const Author = z.object({ login: z.string() }).nullable();
const Listed = z.array(
  z.object({
    number: z.int().positive(),
    body: z.string().nullish(),
    user: Author,
    pull_request: z.unknown().optional(),
  }),
);
const Comments = z.array(z.object({ body: z.string().nullish(), user: Author }));
const Anything = z.object({});

interface OpenIssue {
  readonly number: number;
  readonly body: string;
}

export interface Issues {
  /** See `GitHubActivities.openFailureIssue`. */
  open(failed: FailedDeployment, tries: Tries): Promise<boolean>;
  /** See `GitHubActivities.closeFailureIssues`. */
  close(landed: RecoveredDeployment, tries: Tries): Promise<boolean>;
  /** See `GitHubActivities.closeOutageIssue`. */
  closeOutage(recovered: RecoveredDeployment, tries: Tries): Promise<boolean>;
}

/** @param publicUrl - Landfall's address for people; links begin with it. Without a slash at its end. */
export function createIssues(client: GitHubClient, app: AppClient, publicUrl: string): Issues {
  const call = <T>(origin: GitHubOrigin, what: string, answer: z.ZodType<T>, signal: AbortSignal): GitHubCall<T> => ({
    origin,
    permissions: PERMISSIONS,
    what,
    answer,
    signal,
  });

  /** The environment's open failure issues that we have written, oldest first. */
  async function find({ origin, key }: RecoveredDeployment, author: string, signal: AbortSignal): Promise<OpenIssue[]> {
    const look = call(origin, 'Looking for failure issues', Listed, signal);
    const labels = `${LABELS[0].name},${key.environment}`;
    const query = { state: 'open', labels, sort: 'created', direction: 'asc', per_page: PER_PAGE } as const;
    const found = await everyPage((page) =>
      client.call(look, (github, repository) => github.rest.issues.listForRepo({ ...repository, ...query, page })),
    );
    return found
      .filter(({ user, pull_request: pullRequest }) => user?.login === author && pullRequest === undefined)
      .map(({ number, body }) => ({ number, body: body ?? '' }))
      .filter(({ body }) => body.startsWith(issueMarker(key)));
  }

  async function isTold(
    landed: RecoveredDeployment,
    issue: OpenIssue,
    author: string,
    signal: AbortSignal,
    marker: string = deploymentMarker(landed.deploymentId),
  ) {
    const look = call(landed.origin, `Reading the comments on #${issue.number}`, Comments, signal);
    const of = { issue_number: issue.number, per_page: PER_PAGE };
    const comments = await everyPage((page) =>
      client.call(look, (github, repository) => github.rest.issues.listComments({ ...repository, ...of, page })),
    );
    return comments.some(({ user, body }) => user?.login === author && body?.startsWith(marker));
  }

  async function comment({ origin }: RecoveredDeployment, { number }: OpenIssue, body: Markdown, signal: AbortSignal) {
    await client.call(call(origin, `Commenting on #${number}`, Anything, signal), (github, repository) =>
      github.rest.issues.createComment({ ...repository, issue_number: number, body }),
    );
  }

  /** A label that is there already stays as it is. */
  async function createLabels({ origin, key }: FailedDeployment, signal: AbortSignal): Promise<readonly string[]> {
    const description = oneLine(`Environment ${key.environment}`);
    const own = { name: labelName(key.environment), color: ENVIRONMENT_COLOR, description };
    const labels = new Map([own, ...LABELS].map((label) => [label.name, label]));
    for (const label of labels.values()) {
      const create = call(origin, `Creating the label "${label.name}"`, Anything, signal);
      await client
        .call(create, (github, repository) => github.rest.issues.createLabel({ ...repository, ...label }))
        .catch((error: unknown) => {
          if (!explanationOf(error)?.came.includes('already_exists')) throw error;
        });
    }
    return [...labels.keys()];
  }

  async function create(failed: FailedDeployment, signal: AbortSignal): Promise<void> {
    const labels = [...(await createLabels(failed, signal))];
    const issue = failureIssue(failed, publicUrl);
    await client.call(call(failed.origin, 'Creating the failure issue', Anything, signal), (github, repository) =>
      github.rest.issues.create({ ...repository, ...issue, labels }),
    );
  }

  async function open(failed: FailedDeployment, { mayBeDone, signal }: Tries): Promise<void> {
    const author = await ourLogin(app, signal);
    const marker = issueMarker(failed.key, failed.failure.type);
    // The oldest, so that two who look at the same time agree.
    const issue = (await find(failed, author, signal)).find(({ body }) => body.startsWith(marker));
    if (!issue) return create(failed, signal);
    if (issue.body.startsWith(deploymentMarker(failed.deploymentId), marker.length)) return;
    if (mayBeDone && (await isTold(failed, issue, author, signal))) return;
    await comment(failed, issue, failedAgain(failed, publicUrl), signal);
  }

  async function end({ origin }: RecoveredDeployment, { number }: OpenIssue, signal: AbortSignal): Promise<void> {
    const edit = { issue_number: number, state: 'closed', state_reason: 'completed' } as const;
    await client.call(call(origin, `Closing #${number}`, Anything, signal), (github, repository) =>
      github.rest.issues.update({ ...repository, ...edit }),
    );
  }

  async function close(landed: RecoveredDeployment, { mayBeDone, signal }: Tries): Promise<void> {
    const author = await ourLogin(app, signal);
    for (const issue of await find(landed, author, signal)) {
      // First the comment: a closed issue is not found again.
      const told = mayBeDone && (await isTold(landed, issue, author, signal));
      if (!told) await comment(landed, issue, landedAgain(landed, publicUrl), signal);
      await end(landed, issue, signal);
    }
  }

  async function closeOutage(recovered: RecoveredDeployment, { mayBeDone, signal }: Tries): Promise<void> {
    const author = await ourLogin(app, signal);
    const marker = issueMarker(recovered.key, FailureType.NotServing);
    const mine = recoveryMarker(recovered.deploymentId);
    for (const issue of await find(recovered, author, signal)) {
      if (!issue.body.startsWith(marker)) continue;
      const told = mayBeDone && (await isTold(recovered, issue, author, signal, mine));
      if (!told) await comment(recovered, issue, servesAgain(recovered, publicUrl), signal);
      await end(recovered, issue, signal);
    }
  }

  return {
    open: (failed, tries) => unlessRefused(() => open(failed, tries)),
    close: (landed, tries) => unlessRefused(() => close(landed, tries)),
    closeOutage: (recovered, tries) => unlessRefused(() => closeOutage(recovered, tries)),
  };
}

/** An App may be installed without the permission, a repository be without issues: that is no error. */
async function unlessRefused(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const refused = failureOf(error);
    if (!refused || failureFacts(refused.type).retryable) throw error;
    log.warn(`Failure issues are given up for this deployment. ${refused.message}`);
    return false;
  }
}
