/** The services and deployments of one GitHub repository, for commands that were given on it. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { and, asc, desc, eq, inArray } from 'drizzle-orm';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import type { EnvironmentSettings } from '../../contracts/config/service.ts';
import { presentNames } from './names.ts';
import { ofService } from './of-key.ts';
import type { Database } from '../open.ts';
import { deployments, deploymentStatus, environments, projects, releases, services } from '../schema.ts';

/** More than anybody looks through in a comment. */
const NEWEST = 50;

export interface RepositoryService extends ServiceKey {
  /** What it is called now; absent where that is the name that it is kept under. */
  readonly called?: ServiceKey | undefined;
  /** Sorted by name, production last. */
  readonly environments: readonly EnvironmentSettings[];
  /** Names of those that landfall.yaml does not list, or no more: meant only where a person names one. */
  readonly unlisted?: readonly string[];
}

export async function listRepositoryServices(db: Database, repositoryId: GitHubId): Promise<RepositoryService[]> {
  const rows = await db
    .select({
      ...{ project: services.project, service: services.service, settings: environments.settings },
      removedAt: environments.removedAt,
    })
    .from(services)
    .innerJoin(projects, eq(projects.name, services.project))
    .leftJoin(environments, ofService(environments, services))
    .where(eq(projects.repositoryId, repositoryId))
    .orderBy(asc(services.project), asc(services.service), asc(environments.production), asc(environments.environment));
  const names = await presentNames(db);
  const found: (RepositoryService & { readonly environments: EnvironmentSettings[]; readonly unlisted: string[] })[] =
    [];
  for (const { project, service, settings, removedAt } of rows) {
    const last = found.at(-1);
    const same = last?.project === project && last.service === service ? last : undefined;
    const called = names({ project, service });
    const one = same ?? { project, service, ...(called && { called }), environments: [], unlisted: [] };
    if (!same) found.push(one);
    if (settings) one.environments.push(settings);
    if (settings && (removedAt ?? settings.preview)) one.unlisted.push(settings.name);
  }
  return found;
}

export interface WaitingApproval {
  readonly deploymentId: string;
  readonly releaseId: string;
  readonly key: EnvironmentKey;
  readonly commit: string;
  readonly digest: string;
  readonly subject: string;
  /** The beginning of that state. */
  readonly at: Date;
  /** The request key of its release. */
  readonly requestKey: string;
}

/** Oldest first. */
export async function listWaitingApprovals(db: Database, repositoryId: GitHubId): Promise<WaitingApproval[]> {
  const rows = await db
    .select({ it: deployments, requestKey: releases.requestKey })
    .from(deployments)
    .innerJoin(deploymentStatus, eq(deploymentStatus.deploymentId, deployments.id))
    .innerJoin(releases, eq(releases.id, deployments.releaseId))
    .innerJoin(projects, eq(projects.name, deployments.project))
    .where(and(eq(projects.repositoryId, repositoryId), eq(deploymentStatus.state, 'awaiting_approval')))
    .orderBy(asc(deployments.createdAt), asc(deployments.id))
    .limit(NEWEST);
  return rows.map(({ it, requestKey }) => ({
    ...{ deploymentId: it.id, releaseId: it.releaseId, commit: it.commit, digest: it.digest, subject: it.subject },
    key: { project: it.project, service: it.service, environment: it.environment },
    at: it.createdAt,
    requestKey,
  }));
}

export interface RepositoryRelease {
  readonly releaseId: string;
  readonly key: ServiceKey;
  readonly commit: string;
  readonly subject: string;
  readonly state: 'building' | 'deploying' | 'completed' | 'failed' | 'cancelled';
  readonly environments: readonly string[];
  readonly requestKey: string;
}

/** Newest first. `underWay`: only those that have not ended. */
export async function listRepositoryReleases(
  db: Database,
  repositoryId: GitHubId,
  { underWay }: { readonly underWay: boolean },
): Promise<RepositoryRelease[]> {
  const rows = await db
    .select({ it: releases })
    .from(releases)
    .innerJoin(projects, eq(projects.name, releases.project))
    .where(
      and(
        eq(projects.repositoryId, repositoryId),
        underWay ? inArray(releases.state, ['building', 'deploying']) : undefined,
      ),
    )
    .orderBy(desc(releases.createdAt), desc(releases.sequence))
    .limit(NEWEST);
  return rows.map(({ it }) => ({
    ...{ releaseId: it.id, key: { project: it.project, service: it.service }, commit: it.commit, subject: it.subject },
    ...{ state: it.state, environments: namesOf(it.input), requestKey: it.requestKey },
  }));
}

const namesOf = ({ environments: all }: ReleaseInput): string[] => all.map(({ name }) => name);
