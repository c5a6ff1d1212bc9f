/**
 * Finds the people behind a released commit. An event names the pusher of its own commit; the head that is read later
 * may be another person's. GitHub's own record of the branch decides then.
 */
import type { Actor } from '../../contracts/core/actor.ts';
import type { ReleaseDraft } from '../../contracts/admission/admission.ts';
import type { ProtectedJob } from '../../contracts/github/protection.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { EnvironmentSettings, GitHubOrigin } from '../../contracts/config/service.ts';
import type { DeliveryDeps } from './evaluation.ts';
import type { GitHubSource } from './source.port.ts';

/** The person that a release is named after, and the others behind it. See `ReleaseInput`. */
export type Causers = Pick<ReleaseDraft, 'actor' | 'alsoBy' | 'authors'>;

interface Released {
  readonly origin: GitHubOrigin;
  readonly branch: string;
  readonly commit: string;
}

/** An event, as far as it says who did what. */
interface Told {
  readonly actor: Actor;
  /** The commit that was pushed, by the event; `undefined`: it names none. */
  readonly pushed: string | undefined;
}

/** No particular person: owns no lock, and approves nothing. */
const UNKNOWN: Actor = { kind: 'github', name: 'github' };
const NEW_BRANCH = /^0+$/;

/** Behind the head of a branch. @throws `GitHub*` that may pass */
export async function whoPushed(
  gitHub: GitHubSource,
  { origin, branch, commit }: Released,
  { actor, pushed }: Told,
  signal: AbortSignal,
): Promise<Causers> {
  if (pushed === commit && isPerson(actor)) return { actor };
  const moved = await orUnknown(gitHub.movedBy(origin, branch, commit, signal));
  const mover = moved && gitHubActor(moved.login);
  if (mover && isPerson(mover)) return { actor: mover };
  // A merge queue, or another program, brings what people have committed.
  const base = moved && !NEW_BRANCH.test(moved.before) ? moved.before : undefined;
  const authors = await authorsOf(gitHub, origin, { base, commit }, signal);
  if (mover) return withoutNobody({ actor: mover, authors });
  return withoutNobody({ actor: UNKNOWN, authors: [actor, ...authors] });
}

/**
 * The people behind a commit whose CI workflow has ended: the pusher, and the person who has run the workflow again.
 */
export async function whoTested(
  gitHub: GitHubSource,
  released: Released,
  ranBy: Actor,
  signal: AbortSignal,
): Promise<Causers> {
  const cause = await whoPushed(gitHub, released, { actor: ranBy, pushed: undefined }, signal);
  const isOther = cause.actor !== UNKNOWN && isPerson(ranBy) && !isSame(cause.actor, ranBy);
  return isOther ? { ...cause, alsoBy: [ranBy] } : cause;
}

/**
 * Adds to a requested draft the people whose work it brings: a request by another person must not let them approve it
 * themselves. They are looked up only when self-review is refused.
 */
export async function withAuthors(
  { catalogue, source }: DeliveryDeps,
  draft: ReleaseDraft,
  signal: AbortSignal,
): Promise<ReleaseDraft> {
  if (!draft.environments.some(refusesSelfReview)) return draft;
  const { key, origin, ref, commit, byName, authors: known = [] } = draft;
  const found: Actor[] = [...known, ...(await catalogue.causersOf(key, commit))];
  if (origin.kind === 'github') {
    found.push(...(await authorsOf(source.gitHub, origin, { base: undefined, commit }, signal)));
    const moved = byName ? undefined : await orUnknown(source.gitHub.movedBy(origin, ref, commit, signal));
    if (moved) found.push(gitHubActor(moved.login));
  }
  return { ...draft, ...withoutNobody({ actor: draft.actor, authors: found }) };
}

/** A run that a person has started by hand is theirs, like a deployment by name. */
const BY_HAND = 'workflow_dispatch';

/**
 * The people behind the work that a job of GitHub Actions brings, without the one who started its run: any person may begin a
 * run again. `alsoBy` is who pushed its commit; a lock counts for them, too.
 *
 * @param asksAuthors - self-review is refused: `authors` are who pushed and who wrote it
 * @throws `GitHub*` that may pass
 */
export async function whoseJob(
  gitHub: GitHubSource,
  { origin, branch, commit }: Released,
  { actor, event }: Pick<ProtectedJob, 'actor' | 'event'>,
  asksAuthors: boolean,
  signal: AbortSignal,
): Promise<Pick<Causers, 'alsoBy' | 'authors'>> {
  if (event === BY_HAND && !asksAuthors) return {};
  const moved = await orUnknown(gitHub.movedBy(origin, branch, commit, signal));
  const mover = moved && gitHubActor(moved.login);
  const found = asksAuthors ? await authorsOf(gitHub, origin, { base: undefined, commit }, signal) : [];
  const { authors } = withoutNobody({ actor, authors: asksAuthors && mover ? [mover, ...found] : found });
  const isOther = event !== BY_HAND && mover !== undefined && !isSame(mover, actor);
  return { ...(isOther && { alsoBy: [mover] }), ...(authors && { authors }) };
}

const refusesSelfReview = ({ approval }: EnvironmentSettings): boolean => approval?.selfReview === false;

async function authorsOf(
  gitHub: GitHubSource,
  origin: GitHubOrigin,
  { base, commit }: { readonly base: string | undefined; readonly commit: string },
  signal: AbortSignal,
): Promise<readonly Actor[]> {
  const logins = await orUnknown(gitHub.authors(origin, base, commit, signal));
  return (logins ?? []).map(gitHubActor);
}

/** Takes GitHub's final refusal as unknown. @throws passing failures */
async function orUnknown<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    const type = failureOf(error)?.type;
    if (type === 'GitHubForbidden' || type === 'GitHubNotFound' || type === 'GitHubInvalid') return undefined;
    throw error;
  }
}

function withoutNobody({ actor, authors }: { readonly actor: Actor; readonly authors: readonly Actor[] }): Causers {
  const others = new Map(authors.filter((one) => isPerson(one) && !isSame(one, actor)).map((one) => [keyOf(one), one]));
  return others.size === 0 ? { actor } : { actor, authors: [...others.values()] };
}

const gitHubActor = (login: string): Actor => ({ kind: 'github', name: login });
/** Programs end in `[bot]`; `web-flow` is GitHub's committer for what people press on its pages. */
const isPerson = ({ kind, name }: Actor): boolean =>
  kind !== 'github' || !(name.endsWith('[bot]') || name === UNKNOWN.name || name === 'web-flow');
const keyOf = ({ kind, name }: Actor): string => `${kind}:${name.toLowerCase()}`;
const isSame = (one: Actor, other: Actor): boolean => keyOf(one) === keyOf(other);
