/** The program that listens on a TCP port of this machine, from Linux's own tables (proc(5), proc_pid_fd(5)). */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface PortHolder {
  readonly pid: number;
  /** Its name, of at most 15 characters. */
  readonly program: string;
  /** The unit of systemd that it runs in, if any. */
  readonly unit: string | undefined;
}

/** @returns `undefined` when none listens there, or we may not see whose it is: root sees all */
export function portHolder(port: number): PortHolder | undefined {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listening(read(`/proc/net/${table}`), port)));
  if (sockets.size === 0) return undefined;
  const pid = processes().find((one) => filesOf(one).some((file) => sockets.has(file)));
  if (pid === undefined) return undefined;
  const unit = /\/([^/\n]+\.service)(?:\/|$)/m.exec(read(`/proc/${pid}/cgroup`))?.[1];
  return { pid: Number(pid), program: read(`/proc/${pid}/comm`).trim(), unit };
}

const LISTENS = '0A';

/** The sockets as links of open files name them. */
function listening(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTENS && local.endsWith(`:${wanted}`) ? [`socket:[${inode ?? ''}]`] : [];
  });
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    // No Linux.
    return [];
  }
}

function filesOf(pid: string): readonly string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((name) => linkOf(`${folder}/${name}`));
  } catch {
    // The process has ended, or is another account's.
    return [];
  }
}

function linkOf(path: string): readonly string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    // The file has just been closed.
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
