/** Services, environments and the audit trail as people and programs read them. Nothing that runs decides by these. */
import { and, asc, desc, eq, exists, notExists, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { EnvironmentView, ServiceView } from '../../contracts/http/api.ts';
import { PREVIEW_ENVIRONMENT } from '../../contracts/core/preview-names.ts';
import type { LiveDeployment } from '../../contracts/deployment/deployment.ts';
import type { Maintenance } from '../../contracts/deployment/maintenance.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { calledNow, presentNames } from './names.ts';
import {
  auditEvents,
  deployments,
  environmentEnds,
  environmentGates,
  environmentLive,
  environments,
  projects,
  releases,
  repositories,
  services,
} from '../schema.ts';
import { ofEnvironment, ofService } from './of-key.ts';
import { troubledNow } from './live-replicas.ts';
import { builderOf, changesView, commitPlace, rollbackTo } from './artefacts.ts';

/** Every service with its environments, by name. */
export async function listServices(db: Database): Promise<ServiceView[]> {
  const one = { one: sql`1` };
  const rows = await db
    .select({
      project: services.project,
      service: services.service,
      branch: services.branch,
      cloneUrl: projects.cloneUrl,
      repository: repositories.fullName,
    })
    .from(services)
    .innerJoin(projects, eq(projects.name, services.project))
    .leftJoin(repositories, eq(repositories.id, projects.repositoryId))
    // One whose environments are all destroyed is gone, until landfall.yaml has it again.
    .where(
      or(
        exists(db.select(one).from(environments).where(ofService(environments, services))),
        notExists(
          db
            .select(one)
            .from(environmentEnds)
            // Previews come and go.
            .where(
              and(
                ofService(environmentEnds, services),
                sql`${environmentEnds.environment} !~ ${PREVIEW_ENVIRONMENT.source}`,
              ),
            ),
        ),
      ),
    )
    .orderBy(asc(services.project), asc(services.service));
  const [all, names] = await Promise.all([environmentsWhere(db, undefined), presentNames(db)]);
  return rows.map(({ cloneUrl, repository, ...row }) => {
    const own = all.filter(({ project, service }) => project === row.project && service === row.service);
    const previews = own.filter(({ preview }) => preview !== undefined);
    return {
      ...row,
      ...calledNow(names, row),
      source: repository ?? cloneUrl ?? '',
      environments: own.filter(({ preview }) => preview === undefined),
      ...(previews.length > 0 && { previews }),
    };
  });
}

/** `undefined`: neither declared nor ever deployed to. */
export async function findEnvironment(db: Database, key: EnvironmentKey): Promise<EnvironmentView | undefined> {
  const [found] = await environmentsWhere(db, key);
  return found;
}

async function environmentsWhere(db: Database, key: EnvironmentKey | undefined): Promise<EnvironmentView[]> {
  const { project, service, environment } = environments;
  const { live, previous, since } = environmentLive;
  const formerDeployment = alias(deployments, 'former_deployment');
  const formerRelease = alias(releases, 'former_release');
  const rows = await db
    .select({
      key: { project, service, environment },
      removedAt: environments.removedAt,
      maintenance: environmentGates.maintenance,
      preview: environments.preview,
      ...{ live, previous, since, rollbackTo, ...commitPlace },
      builder: builderOf(db, { project, service, digest: sql`${live} ->> 'digest'` }),
      builderBefore: builderOf(db, { project, service, digest: sql`${previous} ->> 'digest'` }, formerRelease),
    })
    .from(environments)
    .leftJoin(environmentLive, ofEnvironment(environmentLive, environments))
    .leftJoin(environmentGates, ofEnvironment(environmentGates, environments))
    .leftJoin(deployments, eq(deployments.id, sql`${live} ->> 'deploymentId'`))
    .leftJoin(releases, eq(releases.id, deployments.releaseId))
    .leftJoin(formerDeployment, eq(formerDeployment.id, sql`${previous} ->> 'deploymentId'`))
    .leftJoin(formerRelease, eq(formerRelease.id, formerDeployment.releaseId))
    .leftJoin(projects, eq(projects.name, project))
    .leftJoin(repositories, eq(repositories.id, projects.repositoryId))
    .where(
      key &&
        and(
          eq(environments.project, key.project),
          eq(environments.service, key.service),
          eq(environments.environment, key.environment),
        ),
    )
    // Production last: the order in which people think of them. What is in the file no more comes after it, then previews.
    .orderBy(
      sql`${environments.preview} nulls first`,
      sql`${environments.removedAt} is not null`,
      asc(environments.production),
      asc(environments.environment),
    );
  const [troubled, present] = await Promise.all([troubledNow(db), presentNames(db)]);
  return rows.map(
    ({
      key: names,
      removedAt,
      preview,
      maintenance,
      live: now,
      previous: former,
      since: at,
      builder,
      builderBefore,
      ...row
    }) => {
      const from = former && version(former);
      const trouble = now && troubled.get(now.deploymentId);
      return {
        ...names,
        ...calledNow(present, names),
        ...(removedAt && { removedAt: removedAt.toISOString() }),
        ...maintenanceNow(maintenance),
        ...(preview !== null && { preview: { number: preview } }),
        live: now &&
          at && {
            ...version(now),
            builder,
            since: at.toISOString(),
            changes: changesView({ from, to: now.commit }, row),
            ...(trouble && trouble.crashing.length > 0 && { crashing: [...trouble.crashing] }),
            ...(trouble && trouble.notServing.length > 0 && { notServing: [...trouble.notServing] }),
          },
        previous: from && { ...from, builder: builderBefore },
      };
    },
  );
}

/** Its end by time is not recorded at once. */
function maintenanceNow(found: Maintenance | null): Pick<EnvironmentView, 'maintenance'> {
  if (!found || (found.until !== null && found.until <= Date.now())) return {};
  const { by, reason, until } = found;
  return { maintenance: { by: by.name, reason, until: until === null ? null : new Date(until).toISOString() } };
}

const version = ({ deploymentId, commit, digest }: LiveDeployment) => ({ deploymentId, commit, digest });

export type AuditRow = typeof auditEvents.$inferSelect;

/** Newest first; `subject` is the id of what it was done to. */
export async function listAudit(
  db: Database,
  filter: { subject?: string | undefined; limit: number },
): Promise<AuditRow[]> {
  return db
    .select()
    .from(auditEvents)
    .where(filter.subject === undefined ? undefined : eq(auditEvents.subject, filter.subject))
    .orderBy(desc(auditEvents.at), desc(auditEvents.id))
    .limit(filter.limit);
}
