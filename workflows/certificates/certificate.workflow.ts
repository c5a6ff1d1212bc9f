import {
  condition,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  CertificateActivities,
  KeepCertificates,
  NameFacts,
  PlaceCertificateActivities,
  SeenAtPlace,
} from '../../activities/certificates/certificates.port.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import { FailureType, failureRetryAfter, type FailureRecord } from '../../contracts/core/failures.ts';
import { ACME_OFF } from '../../contracts/deployment/certificate.ts';
import type { CertificateFacts, CertificateState } from '../../contracts/deployment/certificate.ts';
import { lookAgain } from '../messages/certificate.messages.ts';
import { certificateOrder, lookOnHost, nameCheck, recallCall, upkeepCall } from '../lib/activity-options.ts';
import { explain } from '../lib/failure-record.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { renewalAt, waitAfter } from './due.ts';

const { lookUpName } = proxyActivities<CertificateActivities>({ ...recallCall, summary: 'where it is served' });
const { checkName } = proxyActivities<CertificateActivities>({ ...nameCheck, summary: 'does it lead here?' });
const { orderCertificate } = proxyActivities<CertificateActivities>({ ...certificateOrder, summary: 'order' });
const { tellCertificate, forgetName } = proxyActivities<CertificateActivities>({
  ...upkeepCall,
  summary: 'tell the store',
});

const LIMITS = TIMEOUTS.certificate;
/** So many looks that find the name nowhere, and it is gone: the store hears of what is live beside the work. */
const MAX_UNKNOWN = 6;

export interface CertificateInput {
  readonly name: string;
  /** What a run that was renewed goes on with. */
  readonly carried?: { readonly failing: Failing | null; readonly places: readonly PlaceRef[] };
}

/** The tries that did not go well since the last certificate. */
interface Failing {
  readonly failures: number;
  readonly failure: FailureRecord;
  /** In milliseconds since the epoch. */
  readonly askedAt: number;
  readonly askAgainAt: number;
}

/**
 * The certificate of one name: ordered when something answers to the name, brought to each of its places, renewed in
 * time, for as long as something answers to it. What fails is tried again at a pace of its own, and what served before
 * serves on meanwhile.
 */
export async function certificate({ name, carried }: CertificateInput): Promise<void> {
  let failing: Failing | null = carried?.failing ?? null;
  let places: readonly PlaceRef[] = carried?.places ?? [];
  const woken = { since: false };
  let unknown = 0;
  /** By chance, and the same for every renewal: Temporal makes this one repeatable. */
  const spread = Math.random();
  setHandler(lookAgain, () => {
    woken.since = true;
  });
  const wait = (ms: number) => condition(() => woken.since, Math.max(1, ms));

  while (workflowInfo().historyLength < LIMITS.renewalEvents && !workflowInfo().continueAsNewSuggested) {
    if (woken.since && failing) failing = sooner(failing);
    woken.since = false;
    const facts = await lookUpName(name);
    if (facts.places.length === 0) {
      unknown += 1;
      if (unknown >= MAX_UNKNOWN) {
        // They remove what nothing leads to any more.
        await Promise.all(places.map((place) => keepAtPlace(place, { thumbprint: facts.thumbprint, names: [] })));
        await forgetName(name);
        return;
      }
      await wait(LIMITS.unknownMs);
      continue;
    }
    unknown = 0;
    places = facts.places;
    const tended = await tend(name, facts, failing, spread);
    failing = tended.failing;
    await tell(name, tended);
    await wait(tended.nextAt - Date.now());
  }
  if (woken.since && failing) failing = sooner(failing);
  return continueAsNew<typeof certificate>({ name, carried: { failing, places } });
}

/** A person has deployed, and may have mended what was wrong. An authority that limits us is not asked sooner. */
function sooner(failing: Failing): Failing {
  const { type } = failing.failure;
  if (type === FailureType.CertificateRateLimited) return failing;
  const least = type === FailureType.NameElsewhere ? 0 : LIMITS.leastMs;
  return { ...failing, askAgainAt: Math.min(failing.askAgainAt, failing.askedAt + least) };
}

interface Tended {
  readonly state: CertificateState;
  readonly failing: Failing | null;
  readonly failure: FailureRecord | null;
  readonly nextAt: number;
  readonly seen: readonly SeenAtPlace[];
}

/** One look at everything, with what is due. */
async function tend(name: string, facts: NameFacts, failing: Failing | null, spread: number): Promise<Tended> {
  const looked = await keepAt(name, facts, facts.issued);
  if (looked.length === facts.places.length && looked.every(({ source }) => source === 'own')) {
    return { ...{ state: 'own', failing: null, failure: null, seen: looked }, nextAt: Date.now() + LIMITS.lookAgainMs };
  }
  const renewal = facts.issued ? renewalAt(facts.issued, spread) : 0;
  if (facts.issued && Date.now() < renewal) return served(facts, facts.issued, looked, renewal);
  const { thumbprint } = facts;
  if (thumbprint === null) {
    const failure = { type: FailureType.InvalidConfiguration, message: ACME_OFF };
    return { ...{ state: 'waiting', failing: null, failure, seen: looked }, nextAt: Date.now() + LIMITS.lookAgainMs };
  }
  if (failing && Date.now() < failing.askAgainAt) return waiting(failing, looked);
  try {
    await checkName({ name, thumbprint });
    const issued = await orderCertificate(name);
    return served(facts, issued, await keepAt(name, facts, issued), renewalAt(issued, spread));
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = explain(error);
    const failures = (failing?.failure.type === failure.type ? failing.failures : 0) + 1;
    log.warn('a certificate could not be had', { name, failure });
    const askAgainAt = Date.now() + waitAfter(failure.type, failures, failureRetryAfter(error));
    return waiting({ failures, failure, askedAt: Date.now(), askAgainAt }, looked);
  }
}

const waiting = (failing: Failing, seen: readonly SeenAtPlace[]): Tended => ({
  ...{ state: 'waiting', failing, failure: failing.failure, seen },
  nextAt: Math.min(failing.askAgainAt, Date.now() + LIMITS.longestWaitMs),
});

function served(
  { places }: NameFacts,
  { fingerprint }: CertificateFacts,
  seen: readonly SeenAtPlace[],
  renewal: number,
): Tended {
  const serving = seen.filter((one) => one.source === 'own' || one.fingerprint === fingerprint);
  const isEverywhere = serving.length === places.length;
  const next = isEverywhere ? LIMITS.longestWaitMs : LIMITS.placeAgainMs;
  return {
    ...{ state: isEverywhere ? 'valid' : 'installing', failing: null, failure: null, seen },
    nextAt: Math.min(renewal, Date.now() + next),
  };
}

/** @returns what the places that could be reached serve */
async function keepAt(
  name: string,
  { places, thumbprint }: NameFacts,
  issued: CertificateFacts | null,
): Promise<readonly SeenAtPlace[]> {
  const names = [{ name, fingerprint: issued?.fingerprint ?? null }];
  return (await Promise.all(places.map((place) => keepAtPlace(place, { thumbprint, names })))).flat();
}

/** @returns nothing when the place cannot be reached now */
async function keepAtPlace({ name: place, queue }: PlaceRef, kept: KeepCertificates): Promise<readonly SeenAtPlace[]> {
  const { keepCertificates } = proxyActivities<PlaceCertificateActivities>({
    ...{ ...lookOnHost, taskQueue: queue, summary: `serve it at ${place}` },
  });
  try {
    return (await keepCertificates(kept)).map((seen) => ({ ...seen, place }));
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('a place could not be looked at', { place, error });
    return [];
  }
}

async function tell(name: string, { state, failure, nextAt, seen }: Tended): Promise<void> {
  await tellCertificate({ name, state, failure, nextAt, seen, at: Date.now() }).catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    log.warn('the store was not told of a certificate', { name, error });
  });
}
