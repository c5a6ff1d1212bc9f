/** Finds files that a checkout leaves out or cannot name. A build would silently go on without them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../contracts/core/failures.ts';
import type { BuildSettings } from '../../contracts/config/service.ts';
import type { CommittedFile } from './list-files.ts';
import type { TreeEntry } from './tree.ts';

/** More are counted, not named. */
const NAMED = 5;
/** More are not even counted: a repository with as many pointers needs no exact number. */
const MAX_POINTERS = 1_000;

const SUBMODULE = '160000';

/**
 * @throws `UnsafeSource` for names that are not UTF-8, `IncompleteSource` for submodules unless they are to be skipped
 */
export function checkNames(files: readonly CommittedFile[], { submodules }: Pick<BuildSettings, 'submodules'>): void {
  const unreadable = files.flatMap((file) => (file.unreadable === undefined ? [] : [file.unreadable]));
  if (unreadable.length > 0) {
    throw failure(
      'UnsafeSource',
      `The commit has names that are not UTF-8: ${some(unreadable)}. Rename them (git mv), or remove them from the folder ` +
        'that is built.',
    );
  }
  const links = files.filter(({ mode }) => mode === SUBMODULE).map(({ path }) => JSON.stringify(path));
  if (links.length > 0 && submodules !== 'skip') {
    throw failure(
      'IncompleteSource',
      `The commit has submodules, which Landfall does not fetch: ${some(links)}. Copy their files into the repository or ` +
        'fetch them in the Dockerfile; or set build.submodules: skip in landfall.yaml, and they are empty folders.',
    );
  }
}

/** Git LFS, "Pointer specification": at most 1,024 bytes. The shortest has an id and a size of one digit. */
const POINTER_BYTES = { least: 120, most: 1_024 };
const POINTER =
  /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\n(?:[\w.-]+ [^\n]*\n)*oid sha256:[0-9a-f]{64}\nsize \d+\n/;

/** Collects the pointer files of Git LFS below a folder. */
export function pointerCheck(root: string, { lfs }: Pick<BuildSettings, 'lfs'>) {
  const found: string[] = [];
  return {
    async look(entry: TreeEntry): Promise<void> {
      if (lfs === 'skip' || entry.type !== 'file' || found.length === MAX_POINTERS) return;
      if (entry.size < POINTER_BYTES.least || entry.size > POINTER_BYTES.most) return;
      const text = await readFile(join(root, entry.path), 'latin1');
      if (POINTER.test(text)) found.push(JSON.stringify(entry.path));
    },
    /** @throws `IncompleteSource` when there was one */
    end(): void {
      if (found.length === 0) return;
      throw failure(
        'IncompleteSource',
        `The commit has files that are kept in Git LFS, which Landfall does not fetch: ${some(found)}. Commit the files ` +
          'themselves or fetch them in the Dockerfile; or set build.lfs: skip in landfall.yaml, and their pointers are built.',
      );
    },
  };
}

function some(names: readonly string[]): string {
  const named = names.slice(0, NAMED).map((name) => (name.length > 200 ? `${name.slice(0, 200)}…` : name));
  const more = names.length - named.length;
  const count = names.length === MAX_POINTERS ? 'at least ' : '';
  return more > 0 ? `${named.join(', ')} and ${count}${more} more` : named.join(', ');
}
