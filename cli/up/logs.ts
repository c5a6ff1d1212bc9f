/** The logs of the parts: each is kept from filling the disk while `landfall up` runs. PostgreSQL's has a bound of its own. */
import { join } from 'node:path';
import { boundLog } from '../../infra/dev/log-bounds.ts';
import { lastingFolders } from './lasting.ts';

const BYTES = 16 * 1024 * 1024;

/**
 * @param dir - the data folder, which is there
 * @returns a function that ends this
 */
export function boundLogs(dir: string, bytes = BYTES): () => void {
  const { proxy, registry } = lastingFolders(dir);
  const ends = [
    join(dir, 'landfall.log'),
    join(dir, 'temporal', 'temporal.log'),
    join(dir, 'podman', 'podman.log'),
    join(proxy, 'haproxy.log'),
    join(registry, 'registry.log'),
  ].map((file) => boundLog(file, bytes));
  return () => ends.forEach((end) => end());
}
