/** The API's endpoints that the commands use. Every part of a path has been validated as a name or an id before. */
import { z } from 'zod';
import type { DeclareService, RequestRelease } from '../../contracts/http/api.ts';
import {
  CertificateView,
  DeploymentView,
  InstallationView,
  Readiness,
  ReleaseAccepted,
  ReleaseView,
  ServiceView,
} from '../../contracts/http/api.ts';
import { DeploymentNow } from '../../contracts/http/halts.ts';
import type { Selector } from '../../contracts/github/selector.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { LockBody, MaintenanceBody, RollbackBody } from '../../contracts/http/people.ts';
import { ApprovalView, EnvironmentNow, EnvironmentStatus, WaitingJobs } from '../../contracts/http/people.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import type { DeploymentStep, StepDecision } from '../../contracts/deployment/steps.ts';
import { CliError } from '../cli-error.ts';
import { LogLine, logStream } from '../../contracts/deployment/logs.ts';
import type { Http } from './http.ts';

/** All services by name, or only that of `key`. @throws CliError when it does not exist */
export async function fetchServices(http: Http, key?: ServiceKey): Promise<ServiceView[]> {
  const query = key ? `?project=${key.project}&service=${key.service}` : '';
  const found = await http.get(`/api/services${query}`, z.array(ServiceView));
  if (!key) return found;
  if (found.length > 0) return found;
  const name = `${key.project}/${key.service}`;
  throw new CliError(`Look for ${name}`, 'there is no such service', '`landfall status` lists them.');
}

/** Both as `shop`, or as `shop/web`. */
export const moveName = (http: Http, from: string, to: string): Promise<{ keptAs: string; calledNow: string }> =>
  http.post('/api/services/move', { from, to }, z.object({ keptAs: z.string(), calledNow: z.string() }));

export const declareService = (http: Http, declared: z.input<typeof DeclareService>): Promise<ServiceKey> =>
  http.post('/api/services', declared, z.object({ project: z.string(), service: z.string() }));

/** Newest first, those that have not ended. */
export async function runningDeployments(http: Http, key: ServiceKey | undefined): Promise<DeploymentView[]> {
  const query = key ? `&project=${key.project}&service=${key.service}` : '';
  const all = await http.get(`/api/deployments?limit=200${query}`, z.array(DeploymentView));
  return all.filter(({ state }) => !isDeploymentOutcome(state));
}

/** The deployments that went live in an environment, the newest first: the running one, then earlier ones. */
export async function liveDeployments(
  http: Http,
  { project, service, environment }: EnvironmentKey,
): Promise<DeploymentView[]> {
  const query = `project=${project}&service=${service}&environment=${environment}&state=live`;
  const found = await http.get(`/api/deployments?${query}`, z.array(DeploymentView));
  // The API sorts by the time of the request; some deployments may have waited longer than others.
  return found.toSorted((a, b) => (b.generation ?? 0) - (a.generation ?? 0));
}

export const postRelease = (http: Http, asked: z.input<typeof RequestRelease>): Promise<ReleaseAccepted> =>
  http.post('/api/releases', asked, ReleaseAccepted);

/** Newest first. */
export const fetchReleases = (http: Http, key?: ServiceKey): Promise<ReleaseView[]> =>
  http.get(`/api/releases${key ? `?project=${key.project}&service=${key.service}` : ''}`, z.array(ReleaseView));

export const fetchRelease = (http: Http, id: string): Promise<ReleaseView> =>
  http.get(`/api/releases/${id}`, ReleaseView);

export const cancel = (
  http: Http,
  kind: 'release' | 'deployment',
  id: string,
  reason: string,
): Promise<{ id: string }> =>
  http.post(`/api/${kind}s/${encodeURIComponent(id)}/cancel`, { reason }, z.object({ id: z.string() }));

export const decide = (http: Http, decision: 'approve' | 'reject', id: string, note: string): Promise<ApprovalView> =>
  http.post(`/api/deployments/${encodeURIComponent(id)}/${decision}`, { note }, ApprovalView);

const environmentPath = ({ project, service, environment }: EnvironmentKey): string =>
  `/api/environments/${project}/${service}/${environment}`;

export const environmentStatus = (http: Http, key: EnvironmentKey): Promise<EnvironmentStatus> =>
  http.get(environmentPath(key), EnvironmentStatus);

export const lock = (http: Http, key: EnvironmentKey, asked: z.input<typeof LockBody>): Promise<EnvironmentNow> =>
  http.post(`${environmentPath(key)}/lock`, asked, EnvironmentNow);
export const unlock = (http: Http, key: EnvironmentKey, force: boolean): Promise<EnvironmentNow> =>
  http.post(`${environmentPath(key)}/unlock`, { force }, EnvironmentNow);
export const pause = (http: Http, key: EnvironmentKey, reason: string): Promise<EnvironmentNow> =>
  http.post(`${environmentPath(key)}/pause`, { reason }, EnvironmentNow);
export const resume = (http: Http, key: EnvironmentKey): Promise<EnvironmentNow> =>
  http.post(`${environmentPath(key)}/resume`, {}, EnvironmentNow);

export const startMaintenance = (
  http: Http,
  key: EnvironmentKey,
  asked: z.input<typeof MaintenanceBody>,
): Promise<EnvironmentNow> => http.post(`${environmentPath(key)}/maintenance`, asked, EnvironmentNow);
export const endMaintenance = (http: Http, key: EnvironmentKey): Promise<EnvironmentNow> =>
  http.post(`${environmentPath(key)}/maintenance/end`, {}, EnvironmentNow);

export const destroyEnvironment = (http: Http, key: EnvironmentKey, confirm: string): Promise<EnvironmentNow> =>
  http.post(`${environmentPath(key)}/destroy`, { confirm }, EnvironmentNow);
export const destroyService = (
  http: Http,
  { project, service }: ServiceKey,
  confirm: string,
): Promise<{ environments: string[] }> =>
  http.post(
    `/api/services/${project}/${service}/destroy`,
    { confirm },
    z.object({ environments: z.array(z.string()) }),
  );

const deploymentPath = (id: string): string => `/api/deployments/${encodeURIComponent(id)}`;

export const pauseDeployment = (http: Http, id: string, reason: string): Promise<DeploymentNow> =>
  http.post(`${deploymentPath(id)}/pause`, { reason }, DeploymentNow);
export const resumeDeployment = (http: Http, id: string): Promise<DeploymentNow> =>
  http.post(`${deploymentPath(id)}/resume`, {}, DeploymentNow);
export const decideStep = (
  http: Http,
  id: string,
  {
    step,
    decision,
    reason,
  }: { readonly step: DeploymentStep; readonly decision: StepDecision; readonly reason: string },
): Promise<DeploymentNow> => http.post(`${deploymentPath(id)}/steps/${step}/${decision}`, { reason }, DeploymentNow);

export const postRollback = (
  http: Http,
  key: EnvironmentKey,
  asked: z.input<typeof RollbackBody>,
): Promise<ReleaseAccepted> => http.post(`${environmentPath(key)}/rollback`, asked, ReleaseAccepted);
export const postPromotion = (http: Http, key: EnvironmentKey, requestId: string): Promise<ReleaseAccepted> =>
  http.post(`${environmentPath(key)}/promote`, { requestId }, ReleaseAccepted);
export const postRetry = (http: Http, id: string, requestId: string): Promise<ReleaseAccepted> =>
  http.post(`/api/releases/${encodeURIComponent(id)}/retry`, { requestId }, ReleaseAccepted);

/** Waiting jobs of GitHub Actions, the newest first. */
export const waitingJobs = (http: Http): Promise<WaitingJobs> => http.get('/api/jobs', WaitingJobs);

/** The App's installations, by account. */
export const fetchInstallations = (http: Http): Promise<InstallationView[]> =>
  http.get('/api/installations', z.array(InstallationView));

/** The certificates of all names. */
export const fetchCertificates = (http: Http): Promise<CertificateView[]> =>
  http.get('/api/certificates', z.array(CertificateView));

/** 503 says what is not ready. */
export const readiness = (http: Http): Promise<Readiness> => http.get('/readyz', Readiness, 503);

/**
 * The path of a log. A release has the log of its build, under the same id; the server resolves a commit or a number.
 */
export function logPath({ id, kind }: Pick<Selector, 'id' | 'kind'>): string {
  if (kind === 'deployment') return `/api/logs/${logStream('deployment', id)}`;
  const isBuild = kind === 'release' || kind === 'build';
  return `/api/logs/${isBuild ? logStream('build', id) : encodeURIComponent(id)}`;
}

export const fetchLog = (http: Http, path: string): Promise<LogLine[]> => http.getLines(path, LogLine);
