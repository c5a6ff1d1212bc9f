/** The build context: what Podman is sent. It applies .dockerignore by itself. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { failure } from '../../contracts/core/failures.ts';
import { walkTree, type TreeEntry } from '../source/tree.ts';
import type { Recipe } from './builders/builder.port.ts';

/**
 * Everything below `root`, counted before a byte is sent.
 *
 * @throws `ContextTooLarge` beyond `limitBytes`, `UnsafeSource` at a link that leads out of `root`
 */
export async function listContext(root: string, limitBytes: number): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  let bytes = 0;
  for await (const entry of walkTree(root)) {
    entries.push(entry);
    // A file system's smallest piece: a million empty files are no small context either.
    bytes += entry.type === 'file' ? Math.max(entry.size, SMALLEST) : SMALLEST;
    if (bytes > limitBytes) {
      throw failure(
        'ContextTooLarge',
        `The build context holds more than ${inMegabytes(limitBytes)}; it was at ${JSON.stringify(entry.path)}. ` +
          'Remove what the build does not need from the repository, or raise build.contextLimit in landfall.yaml.',
      );
    }
  }
  return entries;
}

const SMALLEST = 512;

const inMegabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/**
 * The context as a tar archive. Owners are root, and times are those of the contents (ADR 0012).
 *
 * @param timeOf - when a path got its present content, in seconds
 */
export function packContext(
  { context, added }: Recipe,
  entries: readonly TreeEntry[],
  timeOf: (path: string) => number,
): Pack {
  const time = (path: string) => new Date(timeOf(path) * 1_000);
  const archive = pack();
  const fill = async () => {
    const replaced = new Set(added.map(({ path }) => path));
    for (const entry of entries) if (!replaced.has(entry.path)) await add(archive, context, entry, time(entry.path));
    for (const { path, text } of added) archive.entry({ name: path, mtime: time(path) }, text);
    archive.finalize();
  };
  fill().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  return archive;
}

async function add(archive: Pack, context: string, entry: TreeEntry, mtime: Date): Promise<void> {
  const common = { name: entry.path, mtime };
  if (entry.type === 'file') {
    const mode = entry.executable ? 0o755 : 0o644;
    await pipeline(createReadStream(join(context, entry.path)), archive.entry({ ...common, mode, size: entry.size }));
  } else if (entry.type === 'folder') {
    archive.entry({ ...common, type: 'directory', mode: 0o755 });
  } else {
    archive.entry({ ...common, type: 'symlink', linkname: entry.target });
  }
}
