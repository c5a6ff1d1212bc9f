/** The builds that a host has taken on. A build's folder is its slot: it outlives a crash, and cleaning frees it. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../contracts/core/failures.ts';
import type { HostSettings } from '../../contracts/config/host.ts';
import { roomAt, type Disk, type Room } from '../podman/disk.ts';
import { buildFolder, buildsFolder } from './folder.ts';

/** The interval at which a waiting claim looks for a free slot: listing one small folder. */
const LOOK_MS = 500;
/**
 * A folder untouched for so long belongs to a claim or a worker that died, and no longer counts. Longer than a step may
 * wait in the host's queue between two others.
 */
const ABANDONED_MS = 15 * 60_000;
/**
 * An empty folder is a claim whose answer was lost: the first step is offered twice for a minute
 * (workflows/lib/lost-worker.ts) and writes as soon as it begins.
 */
const UNHEARD_MS = 3 * 60_000;
/** Used share of the disk from which a host takes no build: images and contexts are large and come suddenly. */
const FULL = 0.9;
/** The wait lets another host take the claim first. */
const RETRY_MS = 10_000;

/**
 * Takes a slot for the build, waiting for one to be free. Asking again for the same build is answered at once.
 *
 * @throws `EngineUnavailable` (retryable) when this host should not build now: no engine, or a disk nearly full
 */
export async function takeSlot(host: HostSettings, disk: Disk, buildId: string, signal: AbortSignal): Promise<void> {
  const { path } = buildFolder(host.workDir, buildId);
  mkdirSync(buildsFolder(host.workDir), { recursive: true });
  for (;;) {
    if (hasFreeSlot(host, path)) {
      await checkHost(host, disk, signal);
      // No `await` from here to the folder's creation: of two claims in this process only one takes the last slot.
      if (hasFreeSlot(host, path)) {
        mkdirSync(path, { recursive: true });
        return;
      }
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function hasFreeSlot({ workDir, buildSlots }: HostSettings, own: string): boolean {
  const folder = buildsFolder(workDir);
  const others = readdirSync(folder).map((name) => join(folder, name));
  return others.filter((path) => path !== own && isWorkedOn(path)).length < buildSlots;
}

function isWorkedOn(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  const age = Date.now() - stats.mtimeMs;
  return age < (age >= UNHEARD_MS && isEmpty(path) ? UNHEARD_MS : ABANDONED_MS);
}

function isEmpty(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    // Cleaned in between.
    return true;
  }
}

/** The engine must answer, and its disk and ours must have room. @throws `EngineUnavailable` (retryable) */
async function checkHost(host: HostSettings, disk: Disk, signal: AbortSignal): Promise<void> {
  const images = await disk.room(signal);
  checkRoom(host, images);
  const path = buildsFolder(host.workDir);
  checkRoom(host, { path, ...(await roomAt(path)) });
}

function checkRoom({ name }: HostSettings, { path, totalBytes, freeBytes }: Room): void {
  const used = 1 - freeBytes / totalBytes;
  if (used < FULL) return;
  throw failure(
    'EngineUnavailable',
    `Build host ${name} takes no build: the disk that holds ${path} is ${Math.round(used * 100)} % full. ` +
      'Free some space (podman system prune); another host takes the build meanwhile, if there is one.',
    { retryAfterMs: RETRY_MS },
  );
}
