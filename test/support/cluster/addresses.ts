/** Addresses for pods: a part of the range that is kept for tests of networks (RFC 2544), which this machine then takes for its own. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tryLock } from '../../../infra/lock.mjs';

export interface PodRange {
  /** 4,094 addresses: `198.18.16.0/20`. */
  readonly cidr: string;
  /** The machine takes them for its own no longer. */
  readonly release: () => Promise<void>;
}

/** A lock for each part, which ends with its process: a route that a killed run left is taken over. */
const LOCKS = join(tmpdir(), `landfall-pods-${String(process.getuid?.())}`);
/** 198.18.0.0/15 has so many parts. */
const PARTS = 32;

/** @throws Error when the machine does not let us, or every part is in use */
export async function claimPodRange(): Promise<PodRange> {
  mkdirSync(LOCKS, { recursive: true, mode: 0o700 });
  for (let part = 0; part < PARTS; part += 1) {
    const lock = await tryLock(join(LOCKS, String(part)));
    if (!lock) continue;
    const cidr = `198.${18 + Math.floor(part / 16)}.${(part % 16) * 16}.0/20`;
    try {
      await route('replace', cidr);
    } catch (error) {
      lock.release();
      throw new Error(`Pods of the tests need addresses of their own, which only root can give: ${String(error)}`, {
        cause: error,
      });
    }
    const release = async () => {
      await route('del', cidr);
      lock.release();
    };
    return { cidr, release };
  }
  throw new Error(`All ${PARTS} ranges of addresses for pods are in use: see ${LOCKS}.`);
}

/** Every address of the range is then one of `lo`: nothing outside of this machine reaches it. */
const route = (verb: 'replace' | 'del', cidr: string) =>
  promisify(execFile)('ip', ['route', verb, 'local', cidr, 'dev', 'lo']);
