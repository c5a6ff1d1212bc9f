import { CancellationScope, CancelledFailure, condition, isCancellation, log, setHandler } from '@temporalio/workflow';
import { certifiedNames } from '../../contracts/config/routes.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { DeploymentInput, DeploymentResult, Disrepair } from '../../contracts/deployment/deployment.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import type { Captured } from '../../contracts/deployment/target.ts';
import { wakeCertificate } from '../certificates/reach-certificate.ts';
import { deploymentProgress } from '../messages/deployment.messages.ts';
import { DeploymentReporter } from './deployment-reporter.ts';
import { explain } from '../lib/failure-record.ts';
import { RunControl } from './run-control.ts';
import { tellLanded } from '../lib/landed.ts';
import { healthAttemptsUsedUp, placeAt } from './target-place.ts';
import type { TargetPlace } from './target-place.ts';
import { runReleaseCommand } from './release-command.ts';
import { settled } from '../lib/all-settled.ts';
import { Steps } from './steps.ts';
import { targetOf } from './target-request.ts';
import { whatWasLive } from './captured-live.ts';
import type { Before } from './captured-live.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/**
 * Brings one image to one environment, or puts the environment back the way it was.
 *
 * Prepare and capture everywhere, touching nothing; run the release command, if there is one; switch place by place;
 * verify by looking; tidy up. If anything goes wrong after the first touch, a cancel included, everything that was
 * touched is restored and *that* is verified: `rolled_back` and `cancelled` describe only what was seen. It always ends
 * with a result, never by throwing.
 */
export async function deployment(input: DeploymentInput): Promise<DeploymentResult> {
  const story = new DeploymentReporter(input);
  const people = new RunControl(input, story);
  const steps = new Steps(story, people);
  setHandler(deploymentProgress, () => people.progress);

  const places = placesOf(input);
  const captured = new Map<string, Captured>();
  const touched: TargetPlace[] = [];
  const urls: string[] = [];
  const befores = () => whatWasLive(captured, input);

  try {
    story.enter('preparing', `Preparing ${shortCommit(input.request.commit)}`);
    await settled([
      steps.run({ step: 'prepare', work: () => everywhere(places, (place) => place.prepare()) }),
      steps.run({
        step: 'capture',
        work: () => everywhere(places, async (place) => void captured.set(place.name, await place.capture())),
      }),
    ]);

    const { release } = input.request.settings.run;
    const [first] = places;
    if (release && first) {
      heedCancel();
      await steps.release(first.name, (releaseRun) =>
        runReleaseCommand(first, { ...targetOf(input), ...(releaseRun > 1 && { releaseRun }) }, release),
      );
    }

    story.enter('switching', `Switching to ${shortCommit(input.request.commit)}`);
    for (const place of places) {
      heedCancel();
      // Before the switch, not after: it may take effect and still be reported as failed.
      touched.push(place);
      const { url, healthAttempts } = await steps.run({
        ...{ step: 'switch', place: place.name, work: () => place.switchTo() },
        isHarmless: () => place.stillServes(capturedAt(captured, place)),
      });
      // Hosts that answer to one name have one address.
      if (!urls.includes(url)) urls.push(url);
      story.countHealthAttempts(healthAttempts);
    }

    story.enter('verifying', `Verifying ${shortCommit(input.request.commit)}`);
    await steps.run({ step: 'verify', work: () => everywhere(places, (place) => place.prove()) });
    heedCancel();
    people.close();
  } catch (error) {
    people.close();
    story.countHealthAttempts(healthAttemptsUsedUp(error, input.request.settings.health));
    // Places in disrepair are mended too, once anything has to be taken back.
    const ailing = places.filter(({ queue }) => input.disrepair?.some((one) => one.queue === queue));
    const untouched = ailing.filter((place) => !touched.includes(place));
    const affected = touched.length > 0 ? [...untouched, ...touched] : [];
    return await CancellationScope.nonCancellable(() => takeBack(story, affected, befores(), error));
  }

  return await CancellationScope.nonCancellable(async () => {
    // First, so that whoever has seen it live and rolls back goes back from it.
    await tellLanded(input);
    story.conclude('live', { urls });
    // They go on by themselves: until there is a certificate, a name is served without one.
    const names = certifiedNames(input.request.environment.target);
    if (names.length > 0) await Promise.all(names.map(wakeCertificate));
    await story
      .step('finalize', '', () => everywhere(places, (place) => place.finalize(beforeAt(befores(), place).captured)))
      .catch((error: unknown) => log.warn('tidying up failed; the next deployment tries again', { error }));
    return story.finish();
  });
}

/** Newest first, all of it even when one place fails; and looks. */
async function takeBack(
  story: DeploymentReporter,
  touched: readonly TargetPlace[],
  befores: ReadonlyMap<string, Before>,
  error: unknown,
): Promise<DeploymentResult> {
  const failure = isCancellation(error) ? undefined : explain(error);
  // A pause whose time ran out counts as a cancel: no step has failed.
  const cancelled = !failure || failure.type === FailureType.PauseExpired;
  if (touched.length === 0) {
    story.conclude(cancelled ? 'cancelled' : 'failed', { failure });
    return story.finish();
  }

  const why = failure?.message ?? 'it was cancelled';
  story.enter('rolling_back', `Rolling back: ${why}`);
  const disrepair: Disrepair[] = [];
  const restoring: Promise<void>[] = [];
  for (const place of touched.toReversed()) {
    let atRest = false;
    const { captured, doubt } = beforeAt(befores, place);
    const before = doubt === undefined && { before: captured };
    const work = restore(story, place, captured)
      .catch(
        (unrestored: unknown) =>
          void disrepair.push({ place: place.name, queue: place.queue, why: explain(unrestored).message, ...before }),
      )
      .finally(() => (atRest = true));
    restoring.push(work);
    await condition(() => atRest, TIMEOUTS.deployment.nextPlaceMs);
  }
  await Promise.all(restoring);
  for (const { name, queue } of touched) {
    const doubt = befores.get(name)?.doubt;
    if (doubt !== undefined && !disrepair.some(({ place }) => place === name))
      disrepair.push({ place: name, queue, why: doubt });
  }

  if (disrepair.length > 0) {
    const leftovers = disrepair.map((one) => `${one.place}: ${one.why}`);
    const message = `${why} Not restored: ${leftovers.join('; ')}`;
    story.conclude('rollback_failed', { failure: { type: FailureType.RollbackFailed, message }, leftovers, disrepair });
  } else {
    story.conclude(cancelled ? 'cancelled' : 'rolled_back', { failure });
  }
  return story.finish();
}

async function restore(story: DeploymentReporter, place: TargetPlace, before: Captured): Promise<void> {
  await story.step('restore', place.name, async () => {
    await place.restore(before);
    await place.proveRestored(before);
  });
}

function placesOf(input: DeploymentInput): readonly TargetPlace[] {
  const { environment, digest } = input.request;
  const { places, switchMs = 0 } = environment.target;
  return places.map((place) => placeAt(place, targetOf(input), { digest, switchMs }));
}

/** A step may have finished while the cancel was on its way to it. */
function heedCancel(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
}

const everywhere = (places: readonly TargetPlace[], work: (place: TargetPlace) => Promise<void>) =>
  settled(places.map(work));

function beforeAt(befores: ReadonlyMap<string, Before>, { name }: TargetPlace): Before {
  return befores.get(name) ?? { captured: { place: name, running: null } };
}

function capturedAt(captured: ReadonlyMap<string, Captured>, { name }: TargetPlace): Captured {
  return captured.get(name) ?? { place: name, running: null };
}
