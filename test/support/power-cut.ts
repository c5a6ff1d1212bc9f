/** A disk whose power is cut: a file system in an image, and a copy of the image as it is at one moment. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onCleanup } from './cleanup.ts';
import { eventually } from './eventually.ts';
import { tempDir } from './tmp.ts';

const BYTES = 400e6;
const COPIES = 50;

export interface Disk {
  /** The mount point. */
  readonly dir: string;
  /**
   * Takes the power away: what has not reached the image is lost. Stop whoever writes first, so that the image stands still,
   * and end them before `restore`.
   */
  cut(): void;
  /** Power is back: the same folder, with what the image held at the cut. */
  restore(): Promise<void>;
}

/** The reason why this machine cannot do it; `undefined` when it can. */
export function noPowerCuts(): string | undefined {
  if (process.getuid?.() !== 0) return 'mounting an image takes root';
  for (const command of ['mkfs.ext4', 'losetup', 'mount']) {
    if (spawnSync(command, ['--version']).error) return `${command} is not installed`;
  }
  const { status, stderr } = spawnSync('losetup', ['--find'], { encoding: 'utf8' });
  return status === 0 ? undefined : `there are no loop devices: ${stderr.trim()}`;
}

/** An empty one, gone after the file's last test. */
export function newDisk(): Disk {
  const folder = tempDir();
  const dir = join(folder, 'm');
  const [image, copy] = [join(folder, 'image'), join(folder, 'copy')];
  mkdirSync(dir);
  writeFileSync(image, '');
  truncateSync(image, BYTES);
  execFileSync('mkfs.ext4', ['-q', image]);
  const mount = () => execFileSync('mount', ['-o', 'loop', image, dir]);
  mount();
  onCleanup(() => void execFileSync('umount', [dir]));
  return {
    dir,
    cut: () => copyAtOneMoment(image, copy),
    restore: async () => {
      // Processes that were just killed leave it within moments.
      await eventually('the disk to be free', () => spawnSync('umount', [dir]).status === 0);
      renameSync(copy, image);
      mount();
    },
  };
}

function copyAtOneMoment(image: string, copy: string): void {
  for (let attempt = 0; attempt < COPIES; attempt += 1) {
    const before = statSync(image, { bigint: true }).mtimeNs;
    execFileSync('cp', ['--sparse=always', image, copy]);
    if (statSync(image, { bigint: true }).mtimeNs === before) return;
  }
  throw new Error('The image never stood still for as long as a copy takes.');
}
