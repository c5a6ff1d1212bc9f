import { isGitHubId, type GitHubId } from '../../../contracts/core/github-id.ts';
import { z } from 'zod';
import { deliveryWorkflowId } from '../../../contracts/core/ids.ts';
import { COMMIT } from '../../../contracts/core/names.ts';
import { actorOf, ignored, invalid, ofRepository } from './reading.ts';
import type { Reader } from './reading.ts';

const Rule = z.object({
  action: z.string().max(100),
  environment: z.string().regex(/^[^\p{Cc}]{1,255}$/u),
  event: z.string().max(100).nullish(),
  deployment_callback_url: z.string().max(2048),
  deployment: z.object({ sha: z.string().regex(COMMIT), ref: z.string().max(1024) }),
  ...ofRepository,
});

/** GitHub asks whether a job may go to an environment. Where its answer belongs stands in the callback's address only. */
export const readDeploymentProtectionRule: Reader = (deliveryId, payload, app) => {
  const parsed = Rule.safeParse(payload);
  if (!parsed.success) return invalid('deployment_protection_rule', parsed.error);
  const { action, environment, event, deployment, repository, installation, sender, ...more } = parsed.data;
  if (action !== 'requested') return ignored(`the deployment protection rule is ${action}`);
  const runId = runOf(more.deployment_callback_url, app.apiUrl, repository.full_name);
  if (runId === undefined)
    return ignored('its callback leads to no run of this repository at the GitHub that we use', 'not_ours');
  if (!installation) return ignored('it names no installation', 'no_installation');
  return {
    kind: 'handover',
    handover: {
      kind: 'protection',
      requestKey: deliveryWorkflowId(deliveryId),
      repositoryId: repository.id,
      repository: repository.full_name,
      installationId: installation.id,
      runId,
      environment,
      commit: deployment.sha,
      ref: deployment.ref,
      event: event ?? 'unknown',
      actor: actorOf(sender),
    },
  };
};

/** Only the number is taken, and only from an address that is exactly GitHub's: we call nothing that an event names. */
function runOf(callback: string, apiUrl: string, repository: string): GitHubId | undefined {
  const before = `${apiUrl.replace(/\/$/, '')}/repos/${repository}/actions/runs/`;
  const after = '/deployment_protection_rule';
  if (apiUrl === '' || !callback.startsWith(before) || !callback.endsWith(after)) return undefined;
  const id = callback.slice(before.length, -after.length);
  return isGitHubId(id) ? id : undefined;
}
