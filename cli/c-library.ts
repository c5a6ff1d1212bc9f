/** The C library of this machine: programs that come along are built for glibc, and for none that is too old. */
import { CliError } from './cli-error.ts';

/** Node's own builds need it, and nothing else that comes along needs a newer one (Node's BUILDING.md, "Platform list"). */
const LEAST = [2, 28] as const;

/** @returns the version of glibc that this Node runs on; `undefined` on another C library, such as musl */
export function glibcVersion(): string | undefined {
  const { header } = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime;
}

/**
 * @returns its version, in words
 * @throws CliError on another C library, or on a glibc that is too old
 */
export function assertGlibc(version: string | undefined): string {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return `glibc ${version ?? ''}`;
  throw new CliError(
    'Look at the C library',
    version === undefined ? 'this Node runs on another one than glibc, such as musl of Alpine' : `glibc is ${version}`,
    `Temporal's library and PostgreSQL need glibc ${LEAST.join('.')} or newer: use Debian 12, Ubuntu 24.04 or a system as new, or the container image.`,
  );
}
