/** A certificate authority, and the store's knowledge of names, in memory. */
import type { CertificateActivities, PlaceNames } from '../../../activities/certificates/certificates.port.ts';
import type { CertificateFacts, CertificateStatusRecord } from '../../../contracts/deployment/certificate.ts';
import type { PlaceRef } from '../../../contracts/config/service.ts';

export interface SimulatedCertificates {
  readonly activities: CertificateActivities;
  /** Name → its places. */
  readonly served: Map<string, readonly PlaceRef[]>;
  readonly told: readonly CertificateStatusRecord[];
}

const LIFETIME_MS = 90 * 86_400_000;
const THUMBPRINT = 'thumbprint-of-the-simulation-0123456789abcd';

export function createSimulatedCertificates(): SimulatedCertificates {
  const served = new Map<string, readonly PlaceRef[]>();
  const issued = new Map<string, CertificateFacts>();
  const told: CertificateStatusRecord[] = [];
  return {
    served,
    told,
    activities: {
      lookUpName: async (name) => ({
        ...{ places: served.get(name) ?? [], issued: issued.get(name) ?? null, thumbprint: THUMBPRINT },
      }),
      checkName: async () => undefined,
      orderCertificate: async (name) => {
        const now = Date.now();
        const facts = { fingerprint: `${name} ${String(now)}`, notBefore: now, notAfter: now + LIFETIME_MS };
        issued.set(name, facts);
        return facts;
      },
      async tellCertificate(telling) {
        const { seen: _, ...status } = telling;
        told.push(status);
      },
      forgetName: async () => undefined,
      listServed: async () => {
        const places = new Map<string, PlaceNames>();
        for (const [name, at] of served) {
          for (const place of at) {
            const { names = [] } = places.get(place.queue) ?? {};
            const fingerprint = issued.get(name)?.fingerprint ?? null;
            places.set(place.queue, { ...place, thumbprint: THUMBPRINT, names: [...names, { name, fingerprint }] });
          }
        }
        return { places: [...places.values()], gone: [] };
      },
      recordCertificates: async ({ places }) => {
        const known = new Set(told.map(({ name }) => name));
        return [...new Set(places.flatMap(({ seen }) => seen.map(({ name }) => name)))].filter(
          (one) => !known.has(one),
        );
      },
    },
  };
}
