import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type {
  CertificateActivities,
  PlaceCertificateActivities,
  PlaceNames,
} from '../../activities/certificates/certificates.port.ts';
import type { SeenCertificate } from '../../contracts/deployment/certificate.ts';
import { wakeCertificate } from '../certificates/reach-certificate.ts';
import { lookOnHost, upkeepCall as options } from '../lib/activity-options.ts';
import { Upkeep } from './upkeep.ts';

const { listServed, recordCertificates } = proxyActivities<CertificateActivities>(options);

/**
 * Has each place that answers to names look once at its certificates, files of its own included, and wakes the workflows
 * of names that are not looked after. A schedule runs it over and over; a place whose worker is away is looked at by a
 * later run.
 */
export async function watchCertificates(): Promise<{ readonly seen: number; readonly woken: readonly string[] }> {
  const upkeep = new Upkeep();
  const served = (await upkeep.part('names and their places', listServed())) ?? { places: [], gone: [] };
  const looks = await Promise.all(served.places.map(look));
  const places = looks.filter((one) => one !== null);
  const found =
    places.length === 0
      ? []
      : ((await upkeep.part('certificates', recordCertificates({ at: Date.now(), places }))) ?? []);
  // Those to which nothing answers end by themselves.
  const woken = [...found, ...served.gone];
  await Promise.all(woken.map(wakeCertificate));
  await upkeep.settle();
  return { seen: places.reduce((sum, { seen }) => sum + seen.length, 0), woken };
}

/** @returns `null` for a place that does not answer */
async function look({
  name: place,
  queue,
  thumbprint,
  names,
}: PlaceNames): Promise<{ place: string; seen: readonly SeenCertificate[] } | null> {
  const { keepCertificates } = proxyActivities<PlaceCertificateActivities>({
    ...{ ...lookOnHost, taskQueue: queue, summary: `certificates at ${place}` },
  });
  try {
    return { place, seen: await keepCertificates({ thumbprint, names }) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('a place could not be looked at', { place, error });
    return null;
  }
}
