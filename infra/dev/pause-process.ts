/** Podman without root keeps its namespaces by a process that outlives it (podman(1), "pause process"). */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

const MAX_DIGITS = 16;

/**
 * Ends it. The file is in a folder of the account's own, which may name any process there, or be no file at all: only a
 * process of that account is ended.
 *
 * @param file - `pause.pid`
 */
export function endPause(file: string, uid: number): void {
  const pid = pidIn(file);
  if (pid > 1 && isPause(pid, uid)) process.kill(pid, 'SIGKILL');
}

function pidIn(file: string): number {
  let handle: number | undefined;
  try {
    // Opening a pipe would wait for ever.
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(handle).isFile()) return 0;
    const bytes = new Uint8Array(MAX_DIGITS);
    const text = new TextDecoder().decode(bytes.subarray(0, readSync(handle, bytes))).trim();
    return /^\d+$/.test(text) ? Number(text) : 0;
  } catch {
    return 0;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function isPause(pid: number, uid: number): boolean {
  try {
    const [, ids = ''] = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const isItsOwn = ids.split(/\s+/).every((id) => id === String(uid));
    return isItsOwn && /catatonit|podman/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}
