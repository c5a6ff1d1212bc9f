/**
 * Notes in the build's folder: when the engine first began to build a commit, whether it is building now, and the image
 * of a build that ended well.
 */
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltImage } from '../../contracts/deployment/build.ts';
import { buildsFolder, type BuildFolder } from './folder.ts';

/** Both hold the time in milliseconds. */
const NOW = 'building';
const BEFORE = 'built';
const BUILT = 'built.json';

/** Steps touch their folder every 10 s (build.activities.ts); one that was killed does not. */
const ALIVE_MS = 60_000;

export async function whileBuilding<T>(folder: BuildFolder, work: () => Promise<T>): Promise<T> {
  const since = (await buildingSince(folder)) ?? Date.now();
  await writeFile(join(folder.path, NOW), String(since));
  try {
    return await work();
  } finally {
    // Gone when the build was cleaned meanwhile.
    await rename(join(folder.path, NOW), join(folder.path, BEFORE)).catch(() => undefined);
  }
}

/** `undefined`: the engine has not begun. */
export async function buildingSince({ path }: Pick<BuildFolder, 'path'>): Promise<number | undefined> {
  for (const name of [BEFORE, NOW]) {
    const text = await readFile(join(path, name), 'utf8').catch(() => '');
    if (text !== '') return Number(text);
  }
  return undefined;
}

export async function othersAreBuilding(workDir: string, own: BuildFolder): Promise<boolean> {
  const folder = buildsFolder(workDir);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (path === own.path) continue;
    const [marker, stats] = await Promise.all([NOW, '.'].map((at) => stat(join(path, at)).catch(() => undefined)));
    if (marker && stats && Date.now() - stats.mtimeMs < ALIVE_MS) return true;
  }
  return false;
}

/** Written at the end: only an image whose build ended well counts. */
export async function noteBuilt({ path }: BuildFolder, built: BuiltImage): Promise<void> {
  await writeFile(join(path, BUILT), JSON.stringify(built));
}

/** `undefined`: the engine has not yet built it. */
export async function builtBefore({ path }: BuildFolder): Promise<BuiltImage | undefined> {
  const text = await readFile(join(path, BUILT), 'utf8').catch(() => '');
  return text === '' ? undefined : (JSON.parse(text) as BuiltImage);
}
