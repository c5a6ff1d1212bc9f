/** Root's work in the folders of the account that builds. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { accountNamed } from '../../infra/dev/accounts.ts';
import { buildSocket, makeBuildFolders } from '../../infra/dev/build-folders.ts';
import { endPause } from '../../infra/dev/pause-process.ts';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/tmp.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('What root does in the folders of another account is not tested here: this is not root.');
const describeAsRoot = isRoot ? describe : describe.skip;
const { uid, gid } = accountNamed('nobody') ?? { uid: 65_534, gid: 65_534 };

const seen = (path: string) => {
  const stats = lstatSync(path);
  return { uid: stats.uid, mode: stats.mode & 0o777, isFolder: stats.isDirectory() };
};

function place() {
  const dir = tempDir();
  const victim = join(dir, 'etc');
  mkdirSync(victim, { mode: 0o755 });
  writeFileSync(join(victim, 'passwd'), 'root\n', { mode: 0o644 });
  return { runDir: join(dir, 'run'), victim };
}

function expectGiven(runDir: string) {
  const diskDir = `${runDir}-disk`;
  const [user, tmp] = [join(runDir, 'user'), join(diskDir, 'tmp')];
  expect(makeBuildFolders({ runDir, diskDir, name: 'tmp' }, { uid, gid })).toEqual({ user, tmp });
  for (const ours of [runDir, diskDir]) expect(seen(ours)).toEqual({ uid: 0, mode: 0o711, isFolder: true });
  for (const theirs of [user, tmp]) expect(seen(theirs)).toEqual({ uid, mode: 0o700, isFolder: true });
}

describeAsRoot('the folder where root and the account that builds both work [B7]', () => {
  test('stays root’s, and gives away two folders in it, also a second time', () => {
    const { runDir } = place();

    expectGiven(runDir);
    writeFileSync(join(runDir, 'podman.log'), 'kept');
    writeFileSync(join(runDir, 'user', 'kept'), '');
    expectGiven(runDir);

    expect(readFileSync(join(runDir, 'podman.log'), 'utf8')).toBe('kept');
    expect(existsSync(join(runDir, 'user', 'kept'))).toBe(true);
    expect(buildSocket(runDir)).toBe(join(runDir, 'podman.sock'));
  });

  test.each<[string, (runDir: string, victim: string) => void]>([
    [
      'a folder of the account, with links in it',
      (runDir, victim) => {
        mkdirSync(runDir);
        symlinkSync(victim, join(runDir, 'tmp'));
        symlinkSync(victim, join(runDir, 'user'));
        symlinkSync(join(victim, 'passwd'), join(runDir, 'podman.log'));
        symlinkSync(join(victim, 'passwd'), join(runDir, 'containers.conf'));
        chownSync(runDir, uid, gid);
      },
    ],
    [
      'a folder that others may write to',
      (runDir, victim) => {
        mkdirSync(runDir);
        symlinkSync(join(victim, 'passwd'), join(runDir, 'podman.log'));
        chmodSync(runDir, 0o777);
      },
    ],
    ['a link', (runDir, victim) => symlinkSync(victim, runDir)],
    [
      'a link of the account',
      (runDir, victim) => {
        symlinkSync(victim, runDir);
        lchownSync(runDir, uid, gid);
      },
    ],
    ['a file', (runDir) => writeFileSync(runDir, '')],
  ])('is made anew in place of %s', (_, prepare) => {
    const { runDir, victim } = place();
    prepare(runDir, victim);

    expectGiven(runDir);

    expect(['podman.log', 'containers.conf'].filter((name) => existsSync(join(runDir, name)))).toEqual([]);
    expect(seen(victim)).toEqual({ uid: 0, mode: 0o755, isFolder: true });
    expect(seen(join(victim, 'passwd'))).toEqual({ uid: 0, mode: 0o644, isFolder: false });
  });

  test('is put aside, not removed, where the account may still swap a link into it', () => {
    const { runDir } = place();
    mkdirSync(join(runDir, 'deep'), { recursive: true });
    writeFileSync(join(runDir, 'deep', 'file'), '');
    chownSync(runDir, uid, gid);

    expectGiven(runDir);

    const aside = readdirSync(dirname(runDir)).filter((name) => name.startsWith('run.'));
    expect(aside).toHaveLength(1);
    expect(existsSync(join(dirname(runDir), aside[0] ?? '', 'deep', 'file'))).toBe(true);
  });

  test('has the same permissions whatever ours are by default', () => {
    const { runDir } = place();
    const before = process.umask(0o077);
    onCleanup(() => void process.umask(before));

    expectGiven(runDir);

    process.umask(before);
  });

  test.each(['user', 'tmp'])('takes no link for %s', (name) => {
    const { runDir, victim } = place();
    const folder = name === 'user' ? runDir : `${runDir}-disk`;
    mkdirSync(folder, { mode: 0o711 });
    symlinkSync(victim, join(folder, name));

    expectGiven(runDir);

    expect(seen(victim)).toEqual({ uid: 0, mode: 0o755, isFolder: true });
    expect(existsSync(join(victim, 'passwd'))).toBe(true);
  });
});

describeAsRoot('the process that keeps the namespaces [B7]', () => {
  const started = async (owner: { uid: number; gid: number } | undefined, argv0 = 'podman') => {
    const child = spawn('/bin/sleep', ['60'], { ...owner, argv0, stdio: 'ignore' });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    onCleanup(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.once('spawn', resolve));
    return { pid: String(child.pid), child, ended };
  };
  const fileWith = (text: string) => {
    const file = join(tempDir(), 'pause.pid');
    writeFileSync(file, text);
    return file;
  };

  test('is ended when it is the account’s', async () => {
    const pause = await started({ uid, gid });

    endPause(fileWith(pause.pid), uid);

    expect(await pause.ended).toBe('SIGKILL');
  });

  test.each([
    ['root’s', undefined, 'podman'],
    ['another program’s', { uid, gid }, 'sleep'],
  ])('is left alone when the file names one that is %s', async (_, owner, argv0) => {
    const other = await started(owner, argv0);

    endPause(fileWith(other.pid), uid);

    other.child.kill('SIGTERM');
    expect(await other.ended).toBe('SIGTERM');
  });

  test.each(['', 'x', '-1', '1', '0', '9'.repeat(40)])('is not found in %j', (text) => {
    expect(() => endPause(fileWith(text), uid)).not.toThrow();
  });

  test('is not looked for in a pipe, behind a link, or where nothing is', async () => {
    const pause = await started({ uid, gid });
    const dir = tempDir();
    spawnSync('mkfifo', [join(dir, 'pipe')]);
    symlinkSync(fileWith(pause.pid), join(dir, 'link'));

    for (const name of ['pipe', 'link', 'none']) endPause(join(dir, name), uid);

    pause.child.kill('SIGTERM');
    expect(await pause.ended).toBe('SIGTERM');
  });
});
