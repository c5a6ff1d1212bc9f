/** GitHub's own environment of one of ours, when ours is no more. */
import { log } from '@temporalio/activity';
import { z } from 'zod';
import { environmentId } from '../../contracts/core/ids.ts';
import { failureFacts, failureOf } from '../../contracts/core/failures.ts';
import type { GitHubClient } from './client.ts';
import type { Deployments } from './deployments.ts';
import type { RetiredEnvironment } from './github.port.ts';

/** GitHub REST, "Get an environment": actions, read; "Delete an environment": administration, write. */
const READING = { actions: 'read' } as const;
const DELETING = { administration: 'write' } as const;
/** GitHub makes an environment with the first deployment that names it; its clock is another than ours. */
const MADE_WITHIN_MS = 10 * 60_000;

const Environment = z.object({
  created_at: z.iso.datetime(),
  protection_rules: z.array(z.unknown()).nullish(),
  deployment_branch_policy: z.unknown().optional(),
});
const Nothing = z.object({});

export function createEnvironments(client: GitHubClient, deployments: Deployments) {
  /** The reason why GitHub's environment stays; `null`: it may go; `undefined`: it is gone. */
  async function whyItStays(
    { origin, key, isShared, firstAt }: RetiredEnvironment,
    signal: AbortSignal,
  ): Promise<string | null | undefined> {
    if (isShared) return 'other services of the repository have one of this name';
    const call = { origin, permissions: READING, what: 'Reading the environment', answer: Environment, signal };
    const found = await client
      .call(call, (github, repository) =>
        github.rest.repos.getEnvironment({ ...repository, environment_name: key.environment }),
      )
      .catch((error: unknown) => {
        if (failureOf(error)?.type !== 'GitHubNotFound') throw error;
        return undefined;
      });
    if (!found) return undefined;
    if (Date.parse(found.created_at) < firstAt - MADE_WITHIN_MS) return 'it was there before Landfall deployed to it';
    if ((found.protection_rules ?? []).length > 0 || found.deployment_branch_policy)
      return 'a person has given it rules';
    return null;
  }

  return {
    /** See `GitHubActivities.retireEnvironment`. */
    async retire(environment: RetiredEnvironment, signal: AbortSignal): Promise<readonly string[]> {
      const { origin, key } = environment;
      const ended = { origin, key };
      const { others, siblings } =
        environment.isPreview === true
          ? await deployments.deleteAll(ended, signal)
          : { ...(await deployments.retireAll(ended, signal)), siblings: false };
      // The last service of the preview to end takes it away.
      if (siblings && !others) return [];
      const stays = (why: string) => [`GitHub's environment ${key.environment} stays: ${why}.`];
      try {
        const why = others ? 'others deploy to it' : await whyItStays(environment, signal);
        if (why === undefined) return [];
        if (why !== null) return stays(why);
        const what = 'Deleting the environment';
        await client.call(
          { origin, permissions: DELETING, what, answer: Nothing, signal },
          async (github, repository) => {
            await github.rest.repos.deleteAnEnvironment({ ...repository, environment_name: key.environment });
            return { data: {} };
          },
        );
        return [];
      } catch (error) {
        const failed = failureOf(error);
        if (!failed || failureFacts(failed.type).retryable) throw error;
        if (failed.type === 'GitHubNotFound') return [];
        log.warn("GitHub's environment stays", { environment: environmentId(key), failure: failed.message });
        return stays(
          `Landfall may not delete it (${failed.type}). Delete it in the settings of the repository, or grant the App administration`,
        );
      }
    },
  };
}
