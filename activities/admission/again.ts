import type { ReleaseDraft } from '../../contracts/admission/admission.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { failure } from '../../contracts/core/failures.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import { skip, type DeliveryDeps, type Evaluation } from './evaluation.ts';
import { openReader } from './repository.ts';
import { reusableImage } from './reusable-image.ts';

/**
 * Repeats a lost release: to the same environments, with the same settings, caused by the same person. A branch that
 * has moved on since has releases of its own.
 *
 * @throws `NotFound` for a release that was not lost
 */
export async function lookAgain(
  deps: DeliveryDeps,
  { requestKey, releaseId }: Extract<Trigger, { kind: 'again' }>,
  signal: AbortSignal,
): Promise<Evaluation> {
  const { catalogue, source } = deps;
  const lost = await catalogue.lostRelease(releaseId);
  if (!lost) throw failure('NotFound', `There is no release ${releaseId} that was lost.`);
  const { releaseId: _id, sequence: _sequence, called: _called, image: _image, ...before } = lost;
  const { key, ref, commit, settings } = before;
  const reader = await openReader(source, { origin: lost.origin, branch: ref }, signal);
  // Before the head is read, so that a head which is admitted meanwhile shows (store/queries/admission.ts).
  const expected = await catalogue.newest(reader.project.origin, ref);
  const head = await reader.branchHead(ref);
  if (head?.commit !== commit) {
    const what = `${shortCommit(commit)} is no longer the head of ${ref}`;
    return skip('superseded', what, { project: key.project, service: key.service, ref, commit });
  }
  const image = await reusableImage(deps, { key, commit, settings: settings.build }, signal);
  const draft: ReleaseDraft = { ...before, origin: reader.project.origin, ...(image && { image }) };
  const { project } = key;
  const request = { requestKey, project, source: null, services: [], drafts: [draft], expected, onlyNew: true };
  return { kind: 'admit', request, skipped: [], unconcerned: [] };
}
