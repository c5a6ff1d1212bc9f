/** Services, environments and the audit trail as people and programs read them. Nothing that runs decides by these. */
import { and, asc, desc, eq } from 'drizzle-orm';
import type { EnvironmentView, ServiceView } from '../../contracts/api.ts';
import type { LiveDeployment } from '../../contracts/deployment.ts';
import type { EnvironmentKey } from '../../contracts/keys.ts';
import type { Database } from '../open.ts';
import { auditEvents, environmentLive, environments, projects, repositories, services } from '../schema.ts';

/** Every service with its environments, by name. */
export async function listServices(db: Database): Promise<ServiceView[]> {
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
    .orderBy(asc(services.project), asc(services.service));
  const all = await environmentsWhere(db, undefined);
  return rows.map(({ cloneUrl, repository, ...row }) => ({
    ...row,
    source: repository ?? cloneUrl ?? '',
    environments: all.filter(({ project, service }) => project === row.project && service === row.service),
  }));
}

/** `undefined`: neither declared nor ever deployed to. */
export async function findEnvironment(db: Database, key: EnvironmentKey): Promise<EnvironmentView | undefined> {
  const [found] = await environmentsWhere(db, key);
  return found;
}

async function environmentsWhere(db: Database, key: EnvironmentKey | undefined): Promise<EnvironmentView[]> {
  const rows = await db
    .select({
      project: environments.project,
      service: environments.service,
      environment: environments.environment,
      live: environmentLive.live,
      previous: environmentLive.previous,
      since: environmentLive.since,
    })
    .from(environments)
    .leftJoin(
      environmentLive,
      and(
        eq(environmentLive.project, environments.project),
        eq(environmentLive.service, environments.service),
        eq(environmentLive.environment, environments.environment),
      ),
    )
    .where(
      key &&
        and(
          eq(environments.project, key.project),
          eq(environments.service, key.service),
          eq(environments.environment, key.environment),
        ),
    )
    // Production last: the order in which people think of them.
    .orderBy(asc(environments.production), asc(environments.environment));
  const version = ({ deploymentId, commit, digest }: LiveDeployment) => ({ deploymentId, commit, digest });
  return rows.map(({ live, previous, since, ...key }) => ({
    ...key,
    live: live && since ? { ...version(live), since: since.toISOString() } : null,
    previous: previous && version(previous),
  }));
}

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
