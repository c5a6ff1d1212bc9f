/** Gives a project, or a service of it, another name: docs/adr/0026-a-name-moves-an-identity-stays.md. */
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { AuditRecord } from '../../contracts/admission/store-records.ts';
import type { Database } from '../open.ts';
import { otherNames, projects, services } from '../schema.ts';
import { recordAudit } from './audit.ts';
import { keptAs, lockProjectName, written, type Called } from './kept-name.ts';

export type Moved =
  | { readonly ok: true; readonly kept: Called }
  | { readonly ok: false; readonly why: 'unknown' | 'elsewhere' }
  /** `by`: the kept name of what has it. */
  | { readonly ok: false; readonly why: 'taken'; readonly by: Called };

/**
 * From now on it is also called so. The name and its audit event are written together or not at all; again changes nothing. Going back
 * to an earlier name is a move like any other.
 *
 * Of two who want one name at the same instant, the second waits for the first and is refused: whoever gives a project's name takes its
 * lock, and whoever gives or admits a service's name locks the row of its project (`claimProject`).
 *
 * @param audit - tells of it, under the kept name
 */
export async function moveName(
  db: Database,
  from: Called,
  to: Called,
  audit?: (kept: Called) => AuditRecord,
): Promise<Moved> {
  return db.transaction(async (tx): Promise<Moved> => {
    await lockProjectName(tx, to.project);
    const { project } = await keptAs(tx, { project: from.project });
    const [locked] = await tx.select().from(projects).where(eq(projects.name, project)).for('update');
    // Only now: another one may have moved it until a moment ago.
    const kept = await keptAs(tx, from);
    const service = kept.service ?? null;
    if (!locked || !(await isThere(tx, kept))) return { ok: false, why: 'unknown' };
    const wanted = await keptAs(tx, to);
    const inside = wanted.project === project;
    if ((to.service === undefined) !== (service === null) || (service !== null && !inside)) {
      return { ok: false, why: 'elsewhere' };
    }
    const isOwn = inside && (wanted.service ?? null) === service;
    if (!isOwn && (await isThere(tx, wanted))) return { ok: false, why: 'taken', by: wanted };
    const name = service === null ? to.project : written(project, to.service ?? null);
    const newest = await newestName(tx, kept);
    if ((newest?.name ?? written(project, service)) === name) return { ok: true, kept };
    // Later than the one before, whatever the clock says: the newest is what it is called.
    const movedAt = new Date(Math.max(Date.now(), (newest?.movedAt.getTime() ?? 0) + 1));
    const said = await tx
      .insert(otherNames)
      .values({ name, project, service, movedAt })
      .onConflictDoUpdate({
        target: otherNames.name,
        set: { movedAt },
        // A name is given to one thing only, whatever was overlooked above.
        setWhere: sql`${otherNames.project} = ${project} and ${otherNames.service} is not distinct from ${service}::text`,
      })
      .returning({ name: otherNames.name });
    if (said.length === 0) return { ok: false, why: 'taken', by: await keptAs(tx, to) };
    if (audit) await recordAudit(tx, audit(kept));
    return { ok: true, kept };
  });
}

async function newestName(db: Database, { project, service }: Called) {
  const [newest] = await db
    .select({ name: otherNames.name, movedAt: otherNames.movedAt })
    .from(otherNames)
    .where(
      and(
        eq(otherNames.project, project),
        service === undefined ? isNull(otherNames.service) : eq(otherNames.service, service),
      ),
    )
    .orderBy(desc(otherNames.movedAt), desc(otherNames.name))
    .limit(1);
  return newest;
}

async function isThere(db: Database, { project, service }: Called): Promise<boolean> {
  const one = { one: sql`1` };
  const found =
    service === undefined
      ? await db.select(one).from(projects).where(eq(projects.name, project))
      : await db
          .select(one)
          .from(services)
          .where(and(eq(services.project, project), eq(services.service, service)));
  return found.length > 0;
}
