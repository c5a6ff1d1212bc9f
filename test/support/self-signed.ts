/** Certificates that nobody trusts, made in milliseconds. */
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

export interface SelfSigned {
  /** PEM. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  readonly both: string;
}

/** RSA with 1,024 bits: OpenSSL takes none below 2,048. */
export const WEAK = {
  ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024 },
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;

/** @param days - until its end, counted from now; before now it has expired */
export async function selfSigned(
  name: string,
  days = 30,
  algorithm: typeof ALGORITHM | typeof WEAK = ALGORITHM,
): Promise<SelfSigned> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...{ name: `CN=${name}`, keys, signingAlgorithm: algorithm },
    notBefore: new Date(Date.now() - 60 * DAY_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
  });
  const chain = `${certificate.toString('pem')}\n`;
  const key = `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`;
  return { chain, key, both: chain + key };
}
