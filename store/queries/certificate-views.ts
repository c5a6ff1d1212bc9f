/** How names fare, as people read it. */
import { asc, eq, inArray } from 'drizzle-orm';
import { certifiedNames } from '../../contracts/config/routes.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { CertificateView } from '../../contracts/http/api.ts';
import type { Database } from '../open.ts';
import { certificatePlaces, certificates, certificateStatus, environments } from '../schema.ts';
import { ofEnvironment } from './of-key.ts';
import { livePlacesOf } from './served-names.ts';

/** A names' status comes with its first look, and goes when nothing answers to the name any more. */
export async function certificateViews(db: Database, names?: readonly string[]): Promise<CertificateView[]> {
  const wanted = names && inArray(certificateStatus.name, [...names]);
  const rows = await db
    .select({ status: certificateStatus, notAfter: certificates.notAfter })
    .from(certificateStatus)
    .leftJoin(certificates, eq(certificates.name, certificateStatus.name))
    .where(wanted)
    .orderBy(asc(certificateStatus.name));
  if (rows.length === 0) return [];
  const found = rows.map(({ status }) => status.name);
  const [looks, live] = await Promise.all([
    db
      .select()
      .from(certificatePlaces)
      .where(inArray(certificatePlaces.name, found))
      .orderBy(asc(certificatePlaces.place)),
    livePlacesOf(db, found),
  ]);
  // A look at a place that the name has left says nothing any more. Landfall's own name is that of no live service.
  const seen = looks.filter(({ name, place }) => live.get(name)?.has(place) ?? true);
  const at = Map.groupBy(seen, ({ name }) => name);
  return rows.map(({ status: { name, state, failure, nextAt }, notAfter }) => ({
    ...{ name, state, validUntil: notAfter?.toISOString() ?? null },
    failure: failure && { type: failure.type, message: failure.message },
    nextAt: nextAt.toISOString(),
    places: (at.get(name) ?? []).map(({ place, source, notAfter: until, problem, seenAt }) => ({
      ...{ place, source, problem, validUntil: until?.toISOString() ?? null },
      seenAt: seenAt.toISOString(),
    })),
  }));
}

/** The certificates of an environment's names, by what landfall.yaml says of it now. */
export async function certificatesOf(db: Database, key: EnvironmentKey): Promise<CertificateView[]> {
  const [row] = await db
    .select({ settings: environments.settings })
    .from(environments)
    .where(ofEnvironment(environments, key));
  const names = certifiedNames(row?.settings.target);
  return names.length === 0 ? [] : certificateViews(db, names);
}
