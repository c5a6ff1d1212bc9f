/**
 * The processes of a build's steps, and their end. Podman's builder leaves a step running whose client has gone: it dies of
 * the next line that it prints, and a silent one of nothing (containers/buildah, issue 6786).
 *
 * A cgroup for each build, ended by `cgroup.kill`, would hold in fewer places than the resource limit below. Measured on
 * the engine of an account without root (Podman 4.3, `cgroupparent` in the query):
 *
 * - cgroup v1, or v1 beside v2: the engine may make no cgroup, and the build fails.
 * - v2 with a folder that is the account's, isolation `oci`: each step runs in the cgroup. Its processes have a PID
 *   namespace of their own as well, which ends with its first process, so nothing is won.
 * - v2, isolation `chroot`: without effect. The steps run in the engine's cgroup, beside those of other builds.
 *
 * The limit is inherited in all of them, so it is the one way.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Below Linux's own limit for every process (819,200 bytes), because raising it takes privileges. */
const LEAST = 100_000;
const MARKS = 700_000;
const LOOK_MS = 50;
/** A step may be starting another process while it is looked for. */
const LIMIT_MS = 4_000;

/**
 * The common mark of one build's processes on one host: a resource limit that every descendant inherits, that no
 * program needs, and that is no part of an image or its cache. An environment variable would be visible to a
 * Dockerfile.
 */
export const markOf = (folder: string): number =>
  LEAST + (createHash('sha256').update(folder).digest().readUInt32BE() % MARKS);

/** `--ulimit` of a build whose processes are to be found again. */
export const ulimitOf = (mark: number): string => `msgqueue=${mark}:${mark}`;

/**
 * Ends all of them, wherever in a tree they are and whatever they do with signals. None is as good; those of another
 * user, which only the engine may end, stay.
 */
export async function endProcesses(mark: number): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  while (Date.now() < deadline) {
    const found = await marked(mark);
    if (found.map(kill).every((isGone) => !isGone)) return;
    await sleep(LOOK_MS);
  }
}

async function marked(mark: number): Promise<readonly number[]> {
  const line = new RegExp(`^Max msgqueue size +${mark} +${mark} `, 'm');
  // Without /proc there is nothing to find.
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const looked = await Promise.all(
    pids.map(async (pid) => line.test(await read(pid, 'limits')) && !/\) Z /.test(await read(pid, 'stat'))),
  );
  return pids.filter((_pid, index) => looked[index]).map(Number);
}

/**
 * Empty for a process that has ended meanwhile. Dead ones (state `Z`) stay until their parent reads their exit status.
 */
const read = (pid: string, file: 'limits' | 'stat'): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');

/** @returns true when there was a process to end */
function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
