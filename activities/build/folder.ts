/** A build works in one folder on its host, named after the build, so that cleaning finds it. */
import { rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../contracts/core/failures.ts';
import { ID } from '../../contracts/core/ids.ts';

export interface BuildFolder {
  readonly path: string;
  /** Git's own files, apart from what is built. */
  readonly git: string;
  /** The commit's files. */
  readonly source: string;
  /** The builder's output. */
  readonly generated: string;
}

/** All builds of a host. The number of folders in it is the number of slots taken (claim.ts). */
export const buildsFolder = (workDir: string): string => join(workDir, 'builds');

/** @throws `InvalidRequest` for an id that could lead elsewhere */
export function buildFolder(workDir: string, buildId: string): BuildFolder {
  if (!ID.test(buildId)) {
    throw failure('InvalidRequest', `${JSON.stringify(buildId.slice(0, 140))} is not a build id.`);
  }
  const path = join(buildsFolder(workDir), buildId);
  return { path, git: join(path, 'git'), source: join(path, 'source'), generated: join(path, 'generated') };
}

/** Shows that the build is being worked on. A folder that is gone is no slot, and no harm. */
export async function touch({ path }: BuildFolder): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

/** A process of a killed attempt may still be writing for a moment, hence the retries. */
export async function removeFolder({ path }: BuildFolder): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
