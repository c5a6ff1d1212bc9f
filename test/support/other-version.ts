/** Another version of Landfall, as an update brings it: this checkout's code in a folder of its own, with differences. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from './tmp.ts';
import { workflowBundle } from './workflow-bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROOMS = ['contracts', 'workflows', 'activities', 'workers', 'api', 'store', 'cli', 'infra', 'stand-ins'];
const JOURNAL = join('store', 'migrations', 'meta', '_journal.json');

export interface Differences {
  readonly version: string;
  /** A change of the bundled workflows. By default one that matters to none that is open. */
  readonly workflows?: (code: string) => string;
  /** SQL of one more migration. */
  readonly migration?: string;
}

export interface OtherVersion {
  /** Its `landfall`. */
  readonly cli: string;
  /** Its `workers/standalone.ts`. */
  readonly standalone: string;
}

/** Its workflows are bundled already, as in the package. */
export async function otherVersion({ version, workflows, migration }: Differences): Promise<OtherVersion> {
  const root = tempDir();
  for (const room of ROOMS) cpSync(join(ROOT, room), join(root, room), { recursive: true });
  for (const folder of ['node_modules', '.toolchain']) symlinkSync(join(ROOT, folder), join(root, folder));
  cpSync(join(ROOT, 'package-lock.json'), join(root, 'package-lock.json'));
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object;
  writeFileSync(join(root, 'package.json'), JSON.stringify({ ...manifest, version }));
  const code = readFileSync((await workflowBundle()).codePath, 'utf8');
  // It ends with its source map, after which nothing may stand.
  writeFileSync(join(root, 'workflows.bundle.js'), workflows?.(code) ?? `// ${version}\n${code}`);
  if (migration !== undefined) addMigration(root, migration);
  return { cli: join(root, 'cli', 'landfall.mjs'), standalone: join(root, 'workers', 'standalone.ts') };
}

function addMigration(root: string, text: string): void {
  const file = join(root, JOURNAL);
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { entries: { idx: number; when: number; tag: string }[] };
  const last = journal.entries.at(-1);
  if (last === undefined) throw new Error('There is no migration yet.');
  const tag = '9999_next';
  writeFileSync(join(root, 'store', 'migrations', `${tag}.sql`), text);
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag });
  writeFileSync(file, JSON.stringify(journal));
}
