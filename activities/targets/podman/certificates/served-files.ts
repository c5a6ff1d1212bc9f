/** The certificates that HAProxy reads, each a file with its key. */
import { X509Certificate, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRouteHost } from '../../../../contracts/config/routes.ts';
import type { CertificateFacts } from '../../../../contracts/deployment/certificate.ts';
import { factsOf } from '../../../certificates/bundle.ts';
import type { IssuedCertificate } from '../../../certificates/ledger.port.ts';

const ENDING = '.pem';

export interface ServedFile extends CertificateFacts {
  readonly path: string;
  readonly text: string;
}

export function createServedFiles(certificates: string) {
  const folder = join(certificates, 'served');
  const pathOf = (name: string) => join(folder, `${name}${ENDING}`);
  return {
    /** @returns `undefined` when there is none that can be read */
    async read(name: string): Promise<ServedFile | undefined> {
      const path = pathOf(name);
      const text = await readFile(path, 'utf8').catch(() => '');
      try {
        return { path, text, ...factsOf(new X509Certificate(text)) };
      } catch {
        return undefined;
      }
    },

    /** Whole or not at all, also after a loss of power: HAProxy may read it at any moment, and starts with no part of one. */
    async write(name: string, { chain, key }: Pick<IssuedCertificate, 'chain' | 'key'>): Promise<void> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Hidden, and not named as those that HAProxy reads.
      const draft = join(certificates, `.${name}.${randomUUID()}`);
      await writeFile(draft, `${chain.trimEnd()}\n${key.reveal().trimEnd()}\n`, { mode: 0o600, flush: true });
      await rename(draft, pathOf(name));
    },

    /** The names that have one. */
    async names(): Promise<readonly string[]> {
      const files = await readdir(folder).catch((): string[] => []);
      return files
        .filter((file) => file.endsWith(ENDING))
        .map((file) => file.slice(0, -ENDING.length))
        .filter(isRouteHost);
    },

    /** Removes drafts of a process that was killed. To be called between writes. */
    async tidy(): Promise<void> {
      const left = await readdir(certificates).catch((): string[] => []);
      for (const file of left) if (file.startsWith('.')) await rm(join(certificates, file), { force: true });
    },

    remove: (name: string): Promise<void> => rm(pathOf(name), { force: true }),
  };
}
