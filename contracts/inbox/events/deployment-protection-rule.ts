import { isGitHubId, type GitHubId } from '../../core/github-id.ts';
import { z } from 'zod';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { COMMIT } from '../../core/names.ts';
import type { ProtectedJob } from '../../github/protection.ts';
import { actorOf, ignored, invalid, ofRepository } from './event.ts';
import type { GitHubEvent, OurApp, Reading } from './event.ts';

const Payload = z.object({
  action: z.string().max(100),
  environment: z.string().regex(/^[^\p{Cc}]{1,255}$/u),
  event: z.string().max(100).nullish(),
  deployment_callback_url: z.string().max(2048),
  deployment: z.object({ sha: z.string().regex(COMMIT), ref: z.string().max(1024) }),
  ...ofRepository,
});

function read(deliveryId: string, payload: unknown, app: OurApp): Reading<ProtectedJob> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) return invalid(parsed.error);
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
}

/** Only the number is taken, and only from an address that is exactly GitHub's: we call nothing that an event names. */
function runOf(callback: string, apiUrl: string, repository: string): GitHubId | undefined {
  const before = `${apiUrl.replace(/\/$/, '')}/repos/${repository}/actions/runs/`;
  const after = '/deployment_protection_rule';
  if (apiUrl === '' || !callback.startsWith(before) || !callback.endsWith(after)) return undefined;
  const id = callback.slice(before.length, -after.length);
  return isGitHubId(id) ? id : undefined;
}

/** GitHub asks whether a job may go to an environment. The callback's address alone says where the answer belongs. */
export const deploymentProtectionRuleEvent = {
  event: 'deployment_protection_rule',
  read,
  work: {
    protection: {
      workflow: 'protectionRequest',
      ifLost: 'again',
      summary: ({ repository, runId }) => `job of ${repository} run ${runId}`,
    },
  },
} as const satisfies GitHubEvent<ProtectedJob>;
