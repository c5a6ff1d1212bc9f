/** Sessions of people who signed in on a page. Every process of the API serves them. */
import { and, eq, gt, lte, or } from 'drizzle-orm';
import type { Database } from '../open.ts';
import { sessions } from '../schema.ts';

/** A forgotten browser is signed out after a day without a request; any browser, after a week. */
const IDLE_MS = 24 * 3600_000;
export const SESSION_LIFETIME_MS = 7 * 24 * 3600_000;
/** Pages ask every few seconds; a write for each request would say no more than this does. */
const SEEN_WITHIN_MS = 5 * 60_000;

export interface Session {
  readonly tokenName: string;
  readonly fingerprint: string;
}

/** Also removes the sessions that are over, so the table stays as small as the number of people. */
export async function insertSession(db: Database, id: string, session: Session, now: Date): Promise<void> {
  await db
    .delete(sessions)
    .where(or(lte(sessions.seenAt, before(now, IDLE_MS)), lte(sessions.openedAt, before(now, SESSION_LIFETIME_MS))));
  await db.insert(sessions).values({ id, ...session, openedAt: now, seenAt: now });
}

/** @returns `undefined` for one that ended, or never was */
export async function findSession(db: Database, id: string, now: Date): Promise<Session | undefined> {
  const [found] = await db
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.id, id),
        gt(sessions.seenAt, before(now, IDLE_MS)),
        gt(sessions.openedAt, before(now, SESSION_LIFETIME_MS)),
      ),
    );
  if (!found) return undefined;
  if (found.seenAt < before(now, SEEN_WITHIN_MS)) {
    await db.update(sessions).set({ seenAt: now }).where(eq(sessions.id, id));
  }
  return found;
}

export async function deleteSession(db: Database, id: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.id, id));
}

const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms);
