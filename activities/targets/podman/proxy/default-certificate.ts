import { randomUUID } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** HAProxy does not look at it, and no browser trusts it. */
const LIFETIME_MS = 20 * 365 * 86_400_000;
const SUBJECT = 'CN=Landfall: no certificate for this name';

/** HAProxy needs one to open a TLS port. A self-signed one is made once; no name is served with it for longer than it has none. */
export async function ensureDefaultCertificate(certificates: string): Promise<void> {
  await mkdir(join(certificates, 'served'), { recursive: true, mode: 0o700 });
  const file = join(certificates, 'default.pem');
  if (await stat(file).then(isNotEmpty, () => false)) return;
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, await selfSigned(), { mode: 0o600, flush: true });
  await rename(draft, file);
}

const isNotEmpty = ({ size }: { readonly size: number }): boolean => size > 0;

async function selfSigned(): Promise<string> {
  const { PemConverter, X509CertificateGenerator } = await import('@peculiar/x509');
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: SUBJECT,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now),
    notAfter: new Date(now + LIFETIME_MS),
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${certificate.toString('pem')}\n${PemConverter.encode(key, 'PRIVATE KEY')}\n`;
}
