/** Layers of images, made without an engine: tar(5) archives of files. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** What lies at a path: a file, or a symbolic link. */
export type Entry = { readonly content: string | Buffer; readonly mode?: number } | { readonly link: string };

export interface Layer {
  readonly blob: Buffer;
  /** Of {@link blob}. */
  readonly digest: string;
  /** Of the archive that is compressed in it: `rootfs.diff_ids` of an image's configuration. */
  readonly diffId: string;
}

/** @param entries - by absolute path; the folders above come by themselves */
export async function makeLayer(entries: Readonly<Record<string, Entry>>): Promise<Layer> {
  const archive = pack();
  const mtime = new Date(0);
  for (const name of foldersOf(Object.keys(entries))) archive.entry({ name, type: 'directory', mode: 0o755, mtime });
  for (const [path, entry] of Object.entries(entries)) {
    const name = path.slice(1);
    if ('link' in entry) archive.entry({ name, type: 'symlink', linkname: entry.link, mtime });
    else archive.entry({ name, mode: entry.mode ?? 0o644, mtime }, entry.content);
  }
  archive.finalize();
  const tar = await buffer(archive);
  const blob = gzipSync(tar, { level: 1 });
  return { blob, digest: sha256(blob), diffId: sha256(tar) };
}

export const sha256 = (content: string | Buffer): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = posix.dirname(path); folder !== '/'; folder = posix.dirname(folder)) folders.add(folder.slice(1));
  }
  return [...folders].toSorted();
}
