/** Decides which services go to which environments: pure, and the same for GitHub and public Git URLs. */
import type { EnvironmentListing, ServiceListing } from '../../contracts/admission/admission.ts';
import type { SkipReason } from '../../contracts/admission/decision.ts';
import { own } from '../../contracts/core/keys.ts';
import { environmentSettings, serviceSettings } from '../../contracts/config/settings.ts';
import type { LandfallYaml } from '../../contracts/config/landfall-schema.ts';
import type { Configuration } from './configuration.ts';

/** The environments that run the service, in the file's order. */
export function environmentsOf(file: LandfallYaml, service: string, defaultBranch: string): EnvironmentListing[] {
  return Object.entries(file.environments).flatMap(([name, { branch = defaultBranch, autoDeploy, ci }]) => {
    const settings = environmentSettings(file, name, service);
    return settings ? [{ settings, branch, autoDeploy, ...(ci !== undefined && { ci }) }] : [];
  });
}

/** An event that deploys by itself: a push, or the success of one CI workflow. */
export type Cause = { readonly kind: 'push' } | { readonly kind: 'ci'; readonly workflow: string };

/** True when this cause on the branch deploys anything at all. */
export const isFollowed = (file: LandfallYaml, branch: string, defaultBranch: string, cause: Cause): boolean =>
  Object.values(file.environments).some((one) =>
    followsBranch({ ...one, branch: one.branch ?? defaultBranch }, branch, cause),
  );

/** True when this cause on the branch deploys to the environment. */
export const followsBranch = (
  listed: { readonly autoDeploy: boolean; readonly branch: string; readonly ci?: string | undefined },
  branch: string,
  cause: Cause,
): boolean =>
  listed.autoDeploy && listed.branch === branch && listed.ci === (cause.kind === 'ci' ? cause.workflow : undefined);

/** The reason why this cause on the branch does not deploy to the environment. */
export function whyNot(
  listed: { readonly autoDeploy: boolean; readonly branch: string; readonly ci?: string | undefined },
  branch: string,
): Extract<SkipReason, 'wrong_branch' | 'on_request_only' | 'waits_for_push' | 'waits_for_ci'> {
  if (listed.branch !== branch) return 'wrong_branch';
  if (!listed.autoDeploy) return 'on_request_only';
  return listed.ci === undefined ? 'waits_for_push' : 'waits_for_ci';
}

/**
 * The reason why no environment follows the branch for this cause, given by an environment of that branch if there is
 * one.
 */
export function whyUnfollowed(file: LandfallYaml, branch: string, defaultBranch: string): SkipReason {
  const reasons = Object.values(file.environments).map((one) =>
    whyNot({ ...one, branch: one.branch ?? defaultBranch }, branch),
  );
  return reasons.find((reason) => reason !== 'wrong_branch') ?? 'wrong_branch';
}

/** The listing of a service. Its settings count only when they are read from the head of its own branch. */
export function listService(
  { services, protection }: Configuration,
  service: string,
  { defaultBranch, isDefaultHead }: { readonly defaultBranch: string; readonly isDefaultHead: boolean },
): ServiceListing {
  const declared = own(services, service);
  return {
    service,
    branch: defaultBranch,
    settings: isDefaultHead && declared ? serviceSettings(declared) : null,
    environments: environmentsOf(protection, service, defaultBranch),
  };
}

/** The first line of a commit message, shortened to what a list shows. */
export function subjectOf(message: string): string {
  const [line = ''] = message.trim().split(/\r?\n/, 1);
  const characters = Array.from(line);
  return characters.length <= MAX_SUBJECT ? line : `${characters.slice(0, MAX_SUBJECT - 1).join('')}…`;
}
const MAX_SUBJECT = 100;
