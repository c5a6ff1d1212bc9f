/** The parts that `landfall up` leaves running when it stops, because traffic goes through them: proxy and registry. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { proxiesOf } from '../../infra/dev/proxy.ts';
import { registriesOf } from '../../infra/dev/registry.ts';

/** Canonical: by these paths, in their command lines, the processes are found again. */
export function lastingFolders(dir: string): { readonly proxy: string; readonly registry: string } {
  const canonical = realpathSync(dir);
  return { proxy: join(canonical, 'proxy'), registry: join(canonical, 'registry') };
}

/** Everything of a data folder that runs and carries traffic, by name. */
export async function lastingProcesses(dir: string): Promise<{ readonly name: string; readonly pid: number }[]> {
  const folders = lastingFolders(dir);
  const named = (name: string, pids: readonly number[]) => pids.map((pid) => ({ name, pid }));
  return [
    ...named('proxy', await proxiesOf(folders.proxy)),
    ...named('registry', await registriesOf(folders.registry)),
  ];
}
