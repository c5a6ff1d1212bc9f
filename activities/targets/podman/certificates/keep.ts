/** Certificates at one host: which one serves for each name, and that HAProxy really shows it. */
import type { PublicSettings } from '../../../../contracts/config/host.ts';
import { isRouteHost } from '../../../../contracts/config/routes.ts';
import { failureOf } from '../../../../contracts/core/failures.ts';
import type { CertificateOrigin as Origin, SeenCertificate } from '../../../../contracts/deployment/certificate.ts';
import { readBundle } from '../../../certificates/bundle.ts';
import type { KeepCertificates } from '../../../certificates/certificates.port.ts';
import type { CertificateSource } from '../../certificates.port.ts';
import type { Proxy } from '../proxy/proxy.ts';
import { shownTo } from './handshake.ts';
import { readOwnFile } from './own-file.ts';
import { createServedFiles } from './served-files.ts';

export interface CertificatePlace {
  readonly proxy: Proxy;
  readonly web: PublicSettings;
  readonly source: CertificateSource;
  readonly now: () => number;
}

/**
 * See the port for what it promises. Every part looks before it acts, so it may be killed at any line: the next call
 * goes by what it finds.
 */
export async function keepCertificates(
  place: CertificatePlace,
  { thumbprint, names }: KeepCertificates,
  signal: AbortSignal,
): Promise<readonly SeenCertificate[]> {
  const { proxy, web } = place;
  const files = createServedFiles(web.certificates);
  await files.tidy();
  if (thumbprint !== null) await proxy.share({ thumbprint });
  const chosen = new Map<string, { readonly origin: Origin; readonly problem: string | null }>();
  for (const one of names.filter(({ name }) => isRouteHost(name))) {
    signal.throwIfAborted();
    chosen.set(one.name, await choose(place, one, signal));
  }

  const asked = [...chosen.keys(), ...(web.landfall ? [web.landfall.host] : [])];
  const routed = new Set([
    ...asked,
    ...(await proxy.sections()).flatMap(({ routes = [] }) => routes.map(({ host }) => host)),
  ]);
  const served = await files.names();
  // In the file that HAProxy reads first: from then on nobody is led to a certificate that is not there.
  await proxy.share({ secured: served.filter((name) => routed.has(name)) });
  for (const name of served.filter((one) => !routed.has(one))) await files.remove(name);

  const seen: SeenCertificate[] = [];
  for (const [name, { origin, problem }] of chosen) {
    signal.throwIfAborted();
    const file = await files.read(name);
    if (!file) {
      seen.push({ name, source: 'none', fingerprint: null, notAfter: null, problem });
      continue;
    }
    const isShown = async () => (await shownTo(web, name, signal)) === file.fingerprint;
    if (!(await isShown())) await proxy.certificate(file.path, file.text);
    const shown = await isShown();
    seen.push({
      ...{ name, source: origin },
      fingerprint: shown ? file.fingerprint : null,
      notAfter: shown ? file.notAfter : null,
      problem: problem ?? (shown ? null : 'The proxy does not show the newest certificate. Look at its log.'),
    });
  }
  return seen;
}

/** Puts the one that is to serve where HAProxy reads it. What cannot serve leaves what did. */
async function choose(
  { web, source, now }: CertificatePlace,
  { name, fingerprint }: KeepCertificates['names'][number],
  signal: AbortSignal,
): Promise<{ readonly origin: Origin; readonly problem: string | null }> {
  const files = createServedFiles(web.certificates);
  let problem: string | null = null;
  try {
    const own = await readOwnFile(`${web.certificates}/own`, name, now());
    if (own) {
      if ((await files.read(name))?.fingerprint !== own.fingerprint) await files.write(name, own);
      return { origin: 'own', problem };
    }
  } catch (error) {
    problem = wordsOf(error);
  }
  const before = (await files.read(name))?.fingerprint;
  if (fingerprint === null) return { origin: 'none', problem };
  if (before === fingerprint) return { origin: 'acme', problem };
  try {
    const found = await source.certificateOf(name, signal);
    if (!found) return { origin: 'none', problem };
    // Renewed meanwhile it may be a newer one, which is as good.
    const whole = readBundle(`${found.chain}\n${found.key.reveal()}`, {
      name,
      now: now(),
      source: `The certificate of ${name}`,
    });
    await files.write(name, whole);
    return { origin: 'acme', problem };
  } catch (error) {
    signal.throwIfAborted();
    return { origin: 'none', problem: problem ?? wordsOf(error) };
  }
}

/** Failures alone are shown to people; anything else is a bug, or a disk. */
function wordsOf(error: unknown): string {
  const named = failureOf(error);
  if (named) return named.message;
  throw error;
}
