/** Projects, services and environments: what there is, and whose it is. */
import { idText, type GitHubId } from '../../contracts/core/github-id.ts';
import { and, asc, eq, exists, isNull, ne, not, notInArray, or, sql, type SQL } from 'drizzle-orm';
import type { KnownService, ProjectSource, ServiceListing } from '../../contracts/admission/admission.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';
import { isAfterEnd } from './environment-ends.ts';
import { keptAs, lockProjectName } from './kept-name.ts';
import { ofEnvironment, ofService } from './of-key.ts';
import { onStore } from '../failures.ts';
import type { Database } from '../open.ts';
import {
  deployments,
  environmentLive,
  environments,
  installations,
  otherNames,
  projects,
  repositories,
  services,
} from '../schema.ts';

/** A project that its caller may use, or the name of the source that it belongs to. */
export type Claim =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly by: string;
      /** True when the name stands for a project of the caller's own by now. */
      readonly own?: boolean;
    };

/**
 * Makes the project the source's own unless it is another source's, and remembers repository and installation. Inside a
 * transaction it also keeps other admissions of the same source waiting, and whoever renames the project or a service of it.
 */
export async function claimProject(db: Database, project: string, source: ProjectSource): Promise<Claim> {
  const now = new Date();
  if ('defaultBranch' in source) {
    const { origin, defaultBranch } = source;
    const facts = {
      fullName: origin.repository,
      defaultBranch,
      cloneUrl: origin.cloneUrl,
      private: source.private,
      installationId: origin.installationId,
      updatedAt: now,
    };
    const installation = { account: origin.repository.split('/')[0] ?? '', updatedAt: now };
    await db
      .insert(installations)
      .values({ id: origin.installationId, ...installation })
      .onConflictDoUpdate({ target: installations.id, set: installation });
    await db
      .insert(repositories)
      .values({ id: origin.repositoryId, ...facts })
      .onConflictDoUpdate({ target: repositories.id, set: facts });
  }
  await lockProjectName(db, project);
  const [other] = await db
    .select({ project: otherNames.project })
    .from(otherNames)
    .where(and(eq(otherNames.name, project), ne(otherNames.project, project)));
  if (other) {
    const own = (await findProjects(db, source.origin)).some((one) => one.project === other.project);
    return { ok: false, by: `project ${other.project}, which is called so now`, own };
  }
  await db
    .insert(projects)
    .values({ name: project, ...ownerColumns(source.origin), createdAt: now })
    .onConflictDoNothing();
  const [owner] = await db
    .select({ repositoryId: projects.repositoryId, cloneUrl: projects.cloneUrl, repository: repositories.fullName })
    .from(projects)
    .leftJoin(repositories, eq(repositories.id, projects.repositoryId))
    .where(eq(projects.name, project))
    .for('key share', { of: projects });
  const { repositoryId, cloneUrl } = ownerColumns(source.origin);
  if (owner?.repositoryId === repositoryId && owner.cloneUrl === cloneUrl) return { ok: true };
  return { ok: false, by: owner?.repository ?? owner?.cloneUrl ?? 'another source' };
}

/** The projects that this source owns, the oldest first. */
export async function findProjects(
  db: Database,
  origin: SourceOrigin,
): Promise<readonly { readonly project: string; readonly isLive: boolean }[]> {
  const owner =
    origin.kind === 'git'
      ? and(isNull(projects.repositoryId), eq(projects.cloneUrl, origin.cloneUrl))
      : eq(projects.repositoryId, idText(origin.repositoryId));
  const isLive = exists(
    db
      .select({ one: sql`1` })
      .from(environmentLive)
      .where(eq(environmentLive.project, projects.name)),
  );
  return db
    .select({ project: projects.name, isLive: sql<boolean>`${isLive}` })
    .from(projects)
    .where(owner)
    .orderBy(asc(projects.createdAt), asc(projects.name));
}

/**
 * Writes the services as they are declared now; their rows are locked, in the order of their names, until the transaction ends.
 *
 * @param isWhole - they are all that the project's landfall.yaml has: the environments of others are in it no more
 */
export async function saveServices(
  db: Database,
  project: string,
  listings: readonly ServiceListing[],
  isWhole = false,
): Promise<void> {
  const updatedAt = new Date();
  for (const listing of listings.toSorted((a, b) => (a.service < b.service ? -1 : 1))) {
    const { service, branch, settings } = listing;
    await db
      .insert(services)
      .values({ project, service, branch, settings, declared: false, updatedAt })
      .onConflictDoUpdate({
        target: [services.project, services.service],
        set: { branch, updatedAt, ...(settings && { settings }) },
      });
    await saveEnvironments(db, { project, service }, listing);
  }
  if (!isWhole) return;
  const listed = listings.map(({ service }) => service);
  const declared = db
    .select({ service: services.service })
    .from(services)
    .where(and(eq(services.project, project), services.declared));
  await removeEnvironments(
    db,
    and(
      eq(environments.project, project),
      notInArray(environments.service, listed),
      notInArray(environments.service, declared),
    ),
  );
}

/** Forgets environments that were never used; the others may serve, and stay within reach. */
async function removeEnvironments(db: Database, which: SQL | undefined): Promise<void> {
  const one = { one: sql`1` };
  // No file lists a preview: it ends by itself.
  const removable = and(which, isNull(environments.preview));
  const used = or(
    exists(
      db
        .select(one)
        .from(deployments)
        .where(and(ofEnvironment(deployments, environments), isAfterEnd(db))),
    ),
    exists(db.select(one).from(environmentLive).where(ofEnvironment(environmentLive, environments))),
  );
  await db.delete(environments).where(and(removable, not(used ?? sql`false`)));
  const removed = { removedAt: new Date(), position: null };
  await db
    .update(environments)
    .set(removed)
    .where(and(removable, isNull(environments.removedAt)));
}

async function saveEnvironments(db: Database, key: ServiceKey, { environments: listed }: ServiceListing) {
  const updatedAt = new Date();
  const names = listed.map(({ settings }) => settings.name);
  await removeEnvironments(
    db,
    and(ofService(environments, key), names.length > 0 ? notInArray(environments.environment, names) : undefined),
  );
  if (names.length === 0) return;
  await db
    .insert(environments)
    .values(
      listed.map(({ settings, branch, autoDeploy }, position) => ({
        ...key,
        environment: settings.name,
        settings,
        branch,
        autoDeploy,
        production: settings.production,
        position,
        updatedAt,
      })),
    )
    .onConflictDoUpdate({
      target: [environments.project, environments.service, environments.environment],
      set: {
        settings: sql`excluded.settings`,
        branch: sql`excluded.branch`,
        autoDeploy: sql`excluded.auto_deploy`,
        production: sql`excluded.production`,
        position: sql`excluded.position`,
        removedAt: null,
        updatedAt,
      },
    });
}

/**
 * Declares a service that lives at a public Git URL (requirements, B11). Declaring it again, by whichever name, changes its branch.
 *
 * @returns the source that owns the project, when it is another one. Then nothing is written.
 * @throws `StoreUnavailable`
 */
export async function declareService(
  db: Database,
  { cloneUrl, branch, ...called }: ServiceKey & { readonly cloneUrl: string; readonly branch: string },
): Promise<Claim> {
  return onStore(() =>
    db.transaction(async (tx) => {
      await lockProjectName(tx, called.project);
      const { project } = await keptAs(tx, { project: called.project });
      const claim = await claimProject(tx, project, { origin: { kind: 'git', cloneUrl } });
      if (!claim.ok) {
        return project === called.project
          ? claim
          : { ok: false, by: `project ${project} of ${claim.by}, which is called so now` };
      }
      const { service } = await keptAs(tx, { project, service: called.service });
      const updatedAt = new Date();
      await tx
        .insert(services)
        .values({ project, service, branch, declared: true, updatedAt })
        .onConflictDoUpdate({
          target: [services.project, services.service],
          set: { branch, declared: true, updatedAt },
        });
      return claim;
    }),
  );
}

/** The place of a service's source, as of the last time that it was read. */
export async function findService(db: Database, { project, service }: ServiceKey): Promise<KnownService | undefined> {
  const [found] = await db
    .select({ branch: services.branch, cloneUrl: projects.cloneUrl, repository: repositories })
    .from(services)
    .innerJoin(projects, eq(projects.name, services.project))
    .leftJoin(repositories, eq(repositories.id, projects.repositoryId))
    .where(ofService(services, { project, service }));
  if (!found) return undefined;
  const { branch, cloneUrl, repository } = found;
  if (cloneUrl !== null) return { branch, origin: { kind: 'git', cloneUrl } };
  if (!repository) return undefined;
  const { id: repositoryId, fullName, installationId } = repository;
  const origin = {
    kind: 'github',
    repositoryId,
    repository: fullName,
    installationId,
    cloneUrl: repository.cloneUrl,
  } as const;
  return { branch, origin };
}

/** The installation through which the repository was read last. */
export async function findInstallation(db: Database, repositoryId: GitHubId): Promise<GitHubId | undefined> {
  const [found] = await db
    .select({ installationId: repositories.installationId })
    .from(repositories)
    .where(eq(repositories.id, repositoryId));
  return found?.installationId;
}

/** The columns of `projects` that say whose a project is. */
export const ownerColumns = (origin: SourceOrigin) =>
  origin.kind === 'github'
    ? { repositoryId: idText(origin.repositoryId), cloneUrl: null }
    : { repositoryId: null, cloneUrl: origin.cloneUrl };
