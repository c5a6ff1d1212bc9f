/**
 * Every id in one place. Same request, same id: that is what makes a redelivery, a double click and a retry
 * after a crash collapse into one piece of work.
 */
import type { GitHubId } from './github-id.ts';
import type { EnvironmentKey, ServiceKey } from './keys.ts';
import { isName } from './names.ts';

/** `.` separates, because names (see names.ts) may hold `-` but never `.`: `a-b` + `c` is not `a` + `b-c`. */
const join = (...parts: readonly (string | number)[]): string => parts.join('.');

/** The form of all ids: names and numbers, separated by dots. Safe as a file's name and a part of a URL. */
export const ID = /^[a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?$/;

/** One service of one project: `shop.web`. Safe as a container label value, a file name and a URL segment. */
export const serviceId = ({ project, service }: ServiceKey): string => join(project, service);

/** One service in one environment: `shop.web.production`. What a target swaps, fences and locks by. */
export const environmentId = ({ project, service, environment }: EnvironmentKey): string =>
  join(project, service, environment);

/** `shop.web.1796020741`. The store gives the numbers, at least the clock's seconds (docs/adr/0013). */
export const releaseId = (key: ServiceKey, sequence: number): string => join(serviceId(key), sequence);

/** A release builds at most once per try, so its build carries its number: `shop.web.42`, then `shop.web.42.2`. */
export const buildId = (release: string, attempt = 1): string => (attempt === 1 ? release : join(release, attempt));

/** `shop.web.production.42`: the release's one deployment to this environment. */
export const deploymentId = (key: EnvironmentKey, sequence: number): string => join(environmentId(key), sequence);

/** The environment of a deployment's id; `undefined` for anything else. */
export function environmentOf(deployment: string): EnvironmentKey | undefined {
  const [project = '', service = '', environment = '', number, ...more] = deployment.split('.');
  if (number === undefined || more.length > 0 || ![project, service, environment].every(isName)) return undefined;
  return { project, service, environment };
}

/** The release of a deployment's id; `undefined` for anything else. */
export function releaseOf(id: string): string | undefined {
  const key = environmentOf(id);
  const sequence = Number(id.slice(id.lastIndexOf('.') + 1));
  return key && Number.isSafeInteger(sequence) ? releaseId(key, sequence) : undefined;
}

/** GitHub's delivery GUID survives a redelivery, so a redelivered event is the same workflow. */
export const deliveryWorkflowId = (deliveryId: string): string => `github/${deliveryId}`;
/** The delivery for a head that no event has announced: one for each. */
export const headWorkflowId = (head: {
  readonly repositoryId: GitHubId;
  readonly branch: string;
  readonly commit: string;
}): string => `head/${head.repositoryId}/${head.branch}/${head.commit}`;
/** A release that was lost is released again once. */
export const againWorkflowId = (release: string): string => `again/${release}`;
/** A request made by a person or a CI system; `requestId` is theirs, or made when they send none. */
export const requestWorkflowId = (requestId: string): string => `request/${requestId}`;
/** `request`: the caller's own nonce, or what is made of the body; `sender`: the name of the secret that signed it. */
export const deployWorkflowId = (sender: string, request: string): string => `deploy/${sender}/${request}`;
/** `order`: see `CommentCommand`. */
export const commandWorkflowId = (order: string): string => `command/${order}`;
export const releaseWorkflowId = (key: ServiceKey, commit: string, sequence: number): string =>
  `release/${key.project}/${key.service}/${commit}/${sequence}`;
export const buildWorkflowId = (id: string): string => `build/${id}`;
export const environmentWorkflowId = ({ project, service, environment }: EnvironmentKey): string =>
  `environment/${project}/${service}/${environment}`;
/** One for each end of an environment. */
export const destroyWorkflowId = ({ project, service, environment }: EnvironmentKey, generation: number): string =>
  `destroy/${project}/${service}/${environment}/${generation}`;
export const deploymentWorkflowId = (id: string): string => `deployment/${id}`;
/** Delivers a deployment's last word to GitHub when GitHub could not be reached while it ran. */
export const reportWorkflowId = (id: string): string => `report/${id}`;
/** One for each name under which services are reached. */
export const certificateWorkflowId = (name: string): string => `certificate/${name}`;
/** Holds a place's name for one engine: no two places have one queue. */
export const placeNameWorkflowId = (queue: string): string => queue;
/** One for each pull request; GitHub's numbers are counted in each repository. */
export const previewWorkflowId = ({
  repositoryId,
  number,
}: {
  readonly repositoryId: GitHubId;
  readonly number: number;
}): string => `preview/${repositoryId}/${number}`;
/** Decides which previews are there at once. */
export const PREVIEW_SLOTS_ID = 'preview-slots';
