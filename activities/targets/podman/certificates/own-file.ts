/** Certificates that people have put at the host. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import { readBundle } from '../../../certificates/bundle.ts';
import type { IssuedCertificate } from '../../../certificates/ledger.port.ts';

const HAS_KEY = /PRIVATE KEY-----/;
const MAX_FILE = 1_024 * 1_024;

/**
 * `NAME.pem` in the folder, or that of the wildcard above it, `_.PARENT.pem`: the certificate, its issuers, and the key
 * (or the key beside it, in `NAME.key`). Links are followed, so that what renews them may keep them elsewhere.
 *
 * @returns `undefined` when there is none
 * @throws `CertificateUnusable`
 */
export async function readOwnFile(folder: string, name: string, now: number): Promise<IssuedCertificate | undefined> {
  for (const stem of [name, `_.${name.slice(name.indexOf('.') + 1)}`]) {
    const file = join(folder, `${stem}.pem`);
    const text = await read(file);
    if (text === undefined) continue;
    const key = HAS_KEY.test(text) ? '' : ((await read(join(folder, `${stem}.key`))) ?? '');
    return readBundle(`${text}\n${key}`.slice(0, MAX_FILE), { name, now, source: file });
  }
  return undefined;
}

/** @returns `undefined` when there is none @throws `CertificateUnusable` when it cannot be read */
async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw failure(
      FailureType.CertificateUnusable,
      `${file}: it cannot be read (${code}). Let the account of the process that serves this host read it, and what it links to.`,
    );
  }
}
