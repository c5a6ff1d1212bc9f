/**
 * Gives releases their sequence numbers: per service strictly rising, never behind the clock (docs/adr/0013), and in
 * the order of the branch's heads however deliveries arrive. It is a compare-and-set. The caller reads `newestSequences` (newest.ts), then the head, then calls
 * {@link admitReleases}; when another head was admitted in between, nothing is written and the caller reads again.
 */
import { and, desc, eq, sql } from 'drizzle-orm';
import type { AdmissionAnswer, AdmissionRequest, ReleaseDraft } from '../../contracts/admission/admission.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import { releaseId, serviceId } from '../../contracts/core/ids.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { haveMoved } from './kept-name.ts';
import { presentNames } from './names.ts';
import { ofService } from './of-key.ts';
import type { Database } from '../open.ts';
import { releases, services } from '../schema.ts';
import { savePreviews } from './previews.ts';
import { newRelease } from './record-release.ts';
import { findTakenRoute } from './routes.ts';
import { claimProject, saveServices } from './services.ts';

/** Not the database's order, which depends on how it was set up. */
const byService = (a: ReleaseDraft, b: ReleaseDraft) => (a.key.service < b.key.service ? -1 : 1);

/** The earlier answer to a request, by the services' names; empty when it is new. */
export async function findAdmitted(db: Database, requestKey: string): Promise<readonly ReleaseInput[]> {
  const rows = await db.select({ input: releases.input }).from(releases).where(eq(releases.requestKey, requestKey));
  return rows.map(({ input }) => input).sort(byService);
}

/** Aborts the transaction; carries the answer that says why. */
class Refused extends Error {
  readonly answer: AdmissionAnswer;

  constructor(answer: AdmissionAnswer) {
    super('not admitted');
    this.answer = answer;
  }
}

/**
 * Admits all drafts of one request, or none. The same request key gets the same answer again.
 *
 * @param now - in milliseconds since the epoch; a release's number is at least its seconds
 */
export async function admitReleases(db: Database, request: AdmissionRequest, now: number): Promise<AdmissionAnswer> {
  try {
    return await db.transaction((tx) => admitAll(tx, request, now));
  } catch (error) {
    if (error instanceof Refused) return error.answer;
    throw error;
  }
}

async function admitAll(tx: Database, request: AdmissionRequest, now: number): Promise<AdmissionAnswer> {
  const { requestKey, project, source, drafts } = request;
  if (source) {
    const claim = await claimProject(tx, project, source);
    // What the file says means something else than when it was read.
    const named = request.services.map(({ service }) => service);
    if ((!claim.ok && claim.own) || (claim.ok && (await haveMoved(tx, project, named)))) {
      throw new Refused({ kind: 'moved' });
    }
    if (!claim.ok) throw new Refused({ kind: 'taken', by: claim.by });
    await saveServices(tx, project, request.services, request.isWhole);
  }

  // Only now: another attempt of this very request may have held the rows until a moment ago.
  const before = await findAdmitted(tx, requestKey);
  if (before.length > 0) return { kind: 'admitted', releases: before, known: {} };

  const wanted = [
    ...request.services.flatMap(({ environments }) => environments.map(({ settings }) => settings)),
    ...drafts.flatMap(({ environments }) => environments),
  ];
  // All of them, whether or not they are deployed now: a name in a landfall.yaml that was taken once is its project's own.
  const taken = await findTakenRoute(tx, project, wanted);
  if (taken) throw new Refused({ kind: 'route taken', taken });
  if (source) await savePreviews(tx, drafts);

  const admitted: ReleaseInput[] = [];
  const known: Record<string, string> = {};
  for (const draft of drafts.toSorted(byService)) {
    const ofBranch = draft.byName ? [] : await releasesOfBranch(tx, draft);
    const [newest] = ofBranch;
    const bringing = request.onlyNew ? bringerOf(ofBranch, draft) : undefined;
    if (bringing !== undefined) {
      known[draft.key.service] = bringing;
      continue;
    }
    // Two releases of one commit may stand in either order; a commit must never overtake a newer one.
    const moved = !draft.byName && (newest?.sequence ?? 0) !== (request.expected[serviceId(draft.key)] ?? 0);
    if (moved && newest?.commit !== draft.commit) throw new Refused({ kind: 'moved' });
    admitted.push(await admitOne(tx, draft, { requestKey, now }));
  }
  return { kind: 'admitted', releases: admitted, known };
}

/**
 * The most that may lie between two of one environment that bring the same head: pushes and CI runs go to different
 * ones.
 */
const NEWEST_OF_BRANCH = 20;

/** Newest first. */
async function releasesOfBranch(tx: Database, { key, ref }: ReleaseDraft) {
  return tx
    .select({
      ...{ id: releases.id, sequence: releases.sequence, commit: releases.commit, input: releases.input },
      failure: releases.failure,
    })
    .from(releases)
    .where(
      and(
        ofService(releases, key),
        eq(releases.ref, ref),
        // A release by name does not show where the head was.
        eq(releases.byName, false),
      ),
    )
    .orderBy(desc(releases.sequence))
    .limit(NEWEST_OF_BRANCH);
}

/** The release that takes the draft's commit where the draft would, if for each environment the newest one does. */
function bringerOf(
  ofBranch: readonly { readonly id: string; readonly input: ReleaseInput; readonly failure: FailureRecord | null }[],
  { commit, environments }: ReleaseDraft,
): string | undefined {
  // A release that was lost brings nothing.
  const bringing = ofBranch.filter(({ failure }) => failure?.type !== FailureType.WorkflowLost);
  const newest = environments.map(({ name }) =>
    bringing.find(({ input }) => input.environments.some((one) => one.name === name)),
  );
  return newest.every((one) => one?.input.commit === commit) ? newest[0]?.id : undefined;
}

interface Admitting {
  readonly requestKey: string;
  readonly now: number;
}

async function admitOne(tx: Database, draft: ReleaseDraft, { requestKey, now }: Admitting): Promise<ReleaseInput> {
  const { key } = draft;
  // A store that was put back from a copy has forgotten numbers; the clock has not, so none is given twice.
  const seconds = Math.floor(now / 1_000);
  const [numbered] = await tx
    .update(services)
    .set({ lastSequence: sql`greatest(${services.lastSequence} + 1, ${seconds}::bigint)` })
    .where(ofService(services, key))
    .returning({ sequence: services.lastSequence });
  if (!numbered) throw new Error(`Service ${serviceId(key)} was to be released and is not among the services listed.`);
  const { sequence } = numbered;
  const called = (await presentNames(tx))(key);
  const input: ReleaseInput = { ...draft, ...(called && { called }), releaseId: releaseId(key, sequence), sequence };
  await tx.insert(releases).values(newRelease(input, requestKey, new Date(now)));
  return input;
}
