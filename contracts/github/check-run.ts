/**
 * Check runs by which a commit shows where it is and what became of it, and the buttons on them. Rules and limits are
 * GitHub's (REST, "Create a check run").
 */
import { COMMIT } from '../core/names.ts';
import type { GitHubId } from '../core/github-id.ts';
import type { Actor } from '../core/actor.ts';
import type { EnvironmentKey } from '../core/keys.ts';
import { ID } from '../core/ids.ts';
import { checkName, type CheckName } from './shown-names.ts';

/** `action_required` is the only one that another may follow: a person has to decide first. */
export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'timed_out' | 'action_required';

/** The orders that a click can give. */
export const CHECK_BUTTONS = ['approve', 'reject', 'roll-back'] as const;
export type CheckButton = (typeof CHECK_BUTTONS)[number];

/** The same for every commit, so that a branch rule can require it. */
export const environmentCheckName = ({
  service,
  environment,
}: Pick<EnvironmentKey, 'service' | 'environment'>): CheckName => checkName(`Landfall: ${service} / ${environment}`);
/** The check of the gate in front of an environment that GitHub Actions deploys to. */
export const gateCheckName = (environment: string): CheckName => checkName(`Landfall: Actions / ${environment}`);
/** The check of a landfall.yaml that was pushed and cannot be used. */
export const REFUSED_CHECK = checkName('Landfall');
/** The check of a service's build. */
export const buildCheckName = (service: string): CheckName => checkName(`Landfall: ${service}`);

/** The subject of a check run of ours. */
export type CheckSubject =
  | { readonly kind: 'build'; readonly id: string }
  | { readonly kind: 'deployment'; readonly id: string }
  | { readonly kind: 'gate'; readonly id: string }
  /** Its landfall.yaml, whether it can be used; by the commit's id. `refused`: the check says that a push of it was. */
  | { readonly kind: 'commit'; readonly id: string; readonly refused?: true };

/** A person has pressed a button on a check run of ours, or has GitHub run it again. */
export interface CheckClick {
  readonly kind: 'check';
  readonly requestKey: string;
  /** GitHub's delivery GUID: a click takes effect once. */
  readonly orderId: string;
  readonly repositoryId: GitHubId;
  readonly repository: string;
  readonly installationId: GitHubId;
  readonly checkRunId: GitHubId;
  readonly subject: CheckSubject;
  readonly wanted: CheckButton | 'again';
  /** The commit that the check run is on. */
  readonly commit: string;
  /** The workflow that carried it out is gone: the check run says so, and nothing is done. */
  readonly lost?: boolean;
  readonly actor: Actor;
}

/** A person has GitHub run all checks of a commit again: it names none of ours. */
export interface SuiteClick extends Omit<CheckClick, 'kind' | 'checkRunId' | 'subject' | 'wanted'> {
  readonly kind: 'check-suite';
  readonly checkSuiteId: GitHubId;
}

/** A check run of ours, as GitHub lists it. */
export type ListedCheck = Pick<CheckClick, 'checkRunId' | 'subject'>;

/** The answer to a click, in a sentence that the check run shows; `null` where the check run itself says it. */
export interface CheckAnswer {
  readonly done: boolean;
  readonly note: string | null;
}

const DEPLOYMENT = 'deployment/';
const GATE = 'gate/';
const COMMIT_CHECKED = 'landfall.commit.';
const REFUSED = 'refused.';
const BUILD = /^[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}\.\d{1,15}(?:\.\d{1,15})?$/;

/** GitHub's `external_id`, by which a check run is found again. Of a build it is the build's id alone. */
export const deploymentCheckId = (deploymentId: string): string => `${DEPLOYMENT}${deploymentId}`;
export const gateCheckId = (gateId: string): string => `${GATE}${gateId}`;

/** The check of a commit that may be merged, or of one that was pushed and cannot be used. */
export const commitCheckId = (commit: string): string => `${COMMIT_CHECKED}${commit}`;
export const refusedCheckId = (commit: string): string => `${REFUSED}${commit}`;

/** @returns `undefined` for an external id that is none of ours */
export function checkSubject(externalId: string): CheckSubject | undefined {
  const commit = [COMMIT_CHECKED, REFUSED].find((prefix) => externalId.startsWith(prefix));
  if (commit !== undefined) {
    const id = externalId.slice(commit.length);
    if (!COMMIT.test(id)) return undefined;
    return { kind: 'commit', id, ...(commit === REFUSED && { refused: true }) };
  }
  const kind = externalId.startsWith(DEPLOYMENT) ? 'deployment' : externalId.startsWith(GATE) ? 'gate' : 'build';
  const id = kind === 'build' ? externalId : externalId.slice(externalId.indexOf('/') + 1);
  return (kind === 'build' ? BUILD : ID).test(id) ? { kind, id } : undefined;
}
