/** {@link CertificateActivities}; the port holds the promises. */
import { cancellationSignal } from '@temporalio/activity';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { ACME_OFF, type CertificateFacts, type SeenCertificate } from '../../contracts/deployment/certificate.ts';
import type { AuthoritySettings } from './acme-client.ts';
import type { CertificateActivities, PlaceNames } from './certificates.port.ts';
import type { CertificateLedger, ServedName, TendedName } from './ledger.port.ts';
import { accountFor, orderCertificate } from './order.ts';
import { assertLeadsHere, type ReachSettings } from './reach.ts';

/** The settings of ACME, once its terms are agreed to. */
export interface AcmeSettings {
  readonly authority: AuthoritySettings;
  readonly email?: string;
  /** `null`: names are not tried before the authority is asked. */
  readonly reach: ReachSettings | null;
}

export interface CertificateDeps {
  readonly ledger: CertificateLedger;
  /** `null`: certificates come from files alone. */
  readonly acme: AcmeSettings | null;
  /** Names that are served without any deployment: Landfall's own. None when absent. */
  readonly own?: readonly ServedName[];
  readonly now?: () => number;
}

/** A place looks at its certificates within seconds, so none is asked about more at a time. */
const MAX_ENVIRONMENTS = 500;

export function createCertificateActivities({
  ledger,
  acme,
  own = [],
  now = Date.now,
}: CertificateDeps): CertificateActivities {
  const orderDeps = (settings: AcmeSettings) => ({
    ...{ ledger, authority: settings.authority, now },
    ...(settings.email !== undefined && { email: settings.email }),
  });
  async function thumbprint(): Promise<string | null> {
    if (!acme) return null;
    const known = await ledger.thumbprintOf(acme.authority.directory);
    return known ?? (await accountFor(orderDeps(acme))).thumbprint;
  }
  async function validOf(names: readonly string[]): Promise<ReadonlyMap<string, CertificateFacts>> {
    // One of another authority, such as one for trials, serves on until this one has made its own.
    const found = await ledger.factsOf(names, acme?.authority.directory);
    return new Map([...found].filter(([, { notAfter }]) => notAfter > now()));
  }

  return {
    lookUpName: async (name) => ({
      places: [...(await ledger.placesOf(name)), ...own.flatMap((one) => (one.name === name ? one.places : []))],
      issued: (await validOf([name])).get(name) ?? null,
      thumbprint: await thumbprint(),
    }),

    checkName: async ({ name, thumbprint: print }) => {
      if (acme?.reach) await assertLeadsHere(acme.reach, name, print, cancellationSignal());
    },

    orderCertificate: async (name) => {
      if (!acme) throw failure(FailureType.InvalidConfiguration, ACME_OFF);
      const { fingerprint, notBefore, notAfter } = await orderCertificate(orderDeps(acme), name, cancellationSignal());
      return { fingerprint, notBefore, notAfter };
    },

    tellCertificate: async ({ seen, ...status }) => {
      await ledger.tell(status);
      for (const { place, ...look } of seen) await ledger.saw(place, [look], status.at);
    },

    forgetName: (name) => ledger.forget(name),

    listServed: async () => {
      const places = new Map<string, PlaceNames>();
      const [print, deployed] = await Promise.all([thumbprint(), ledger.served(MAX_ENVIRONMENTS)]);
      const served = [...deployed, ...own];
      const valid = await validOf(served.map(({ name }) => name));
      for (const { name, places: at } of served) {
        const fingerprint = valid.get(name)?.fingerprint ?? null;
        for (const place of at) {
          const before = places.get(place.queue) ?? { ...place, thumbprint: print, names: [] };
          places.set(place.queue, { ...before, names: [...before.names, { name, fingerprint }] });
        }
      }
      const isWhole = deployed.length < MAX_ENVIRONMENTS;
      const names = new Set(served.map(({ name }) => name));
      const gone = isWhole ? (await ledger.names()).filter((name) => !names.has(name)) : [];
      return { places: [...places.values()], gone };
    },

    recordCertificates: async ({ at, places }) => {
      for (const { place, seen } of places) await ledger.saw(place, seen, at);
      const seen = Map.groupBy(
        places.flatMap((one) => one.seen),
        ({ name }) => name,
      );
      const tended = await ledger.tended([...seen.keys()], at);
      return [...seen].flatMap(([name, looks]) => (isTended(tended.get(name), looks, acme !== null) ? [] : [name]));
    },
  };
}

/** Its workflow is there, and went by what is still so. */
function isTended(status: TendedName | undefined, looks: readonly SeenCertificate[], hasAcme: boolean): boolean {
  if (!status) return false;
  if (status.state === 'own') return looks.every(({ source }) => source === 'own');
  return !(hasAcme && status.failure?.type === FailureType.InvalidConfiguration);
}
