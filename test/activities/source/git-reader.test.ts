import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import { failureFacts, failureOf } from '../../../contracts/core/failures.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitServer } from '../../../stand-ins/git-server.ts';
import { tempDir } from '../../support/tmp.ts';
import { createRepository } from './repository.ts';

const never = new AbortController().signal;
const root = tempDir();
const repository = createRepository(root);
const old = repository.commit({ 'landfall.yaml': 'version: 1\n' }, 'Old\n\nwith a body');
const head = repository.commit(
  { 'landfall.yaml': 'version: 2\n', 'deep/er/file': 'deep', link: { link: 'landfall.yaml' }, folder: 'no folder' },
  'Newest',
);

async function reader() {
  const server = await startGitServer({ root });
  onCleanup(() => server.stop());
  const dir = tempDir();
  const origin = { kind: 'git', cloneUrl: server.url + repository.path } as const;
  return { read: createGitReader({ dir }), origin, left: () => readdirSync(dir) };
}

describe('createGitReader', () => {
  test('says where a branch is and what its commit says [B11]', async () => {
    const { read, origin } = await reader();

    expect(await read.branchHead(origin, 'main', never)).toEqual({ commit: head, message: 'Newest' });
    expect(await read.branchHead(origin, 'no-such-branch', never)).toBeUndefined();
  });

  test('a branch is named whole: a tag or a part of its name is not it', async () => {
    const { read, origin } = await reader();
    repository.git('update-ref', 'refs/heads/feature/main', old);
    repository.git('update-ref', 'refs/tags/only-a-tag', old);

    expect((await read.branchHead(origin, 'main', never))?.commit).toBe(head);
    expect(await read.branchHead(origin, 'only-a-tag', never)).toBeUndefined();
  });

  test('says which commit a tag stands for, whether it has an object of its own or not [B11][E1]', async () => {
    const { read, origin } = await reader();
    repository.git('update-ref', 'refs/tags/v1', old);
    repository.git('tag', '--annotate', '--message', 'two', 'v2', old);
    const expected = { commit: old, message: 'Old\n\nwith a body' };
    expect(await read.tagCommit(origin, 'v1', never)).toEqual(expected);
    expect(await read.tagCommit(origin, 'v2', never)).toEqual(expected);
    expect(await read.tagCommit(origin, 'main', never)).toBeUndefined();
  });

  test('reads an older commit by its id, with its whole message [B11]', async () => {
    const { read, origin } = await reader();

    expect(await read.commit(origin, old, never)).toEqual({ commit: old, message: 'Old\n\nwith a body' });
    expect(await read.commit(origin, 'e'.repeat(40), never)).toBeUndefined();
  });

  test.each([
    ['of a commit', old, 'landfall.yaml', 'version: 1\n'],
    ['of a branch', 'main', 'landfall.yaml', 'version: 2\n'],
    ['in a folder', head, 'deep/er/file', 'deep'],
    ['that is missing', head, 'missing.yaml', undefined],
    ['that is a folder', head, 'deep', undefined],
    ['that is a link', head, 'link', undefined],
    ['of a missing branch', 'no-such-branch', 'landfall.yaml', undefined],
  ])('reads a file %s', async (_, ref, path, text) => {
    const { read, origin } = await reader();

    expect(await read.file(origin, ref, path, never)).toBe(text);
  });

  test('reads from a server that cannot send files one by one', async () => {
    const { read, origin } = await reader();
    repository.git('config', 'uploadpack.allowFilter', 'false');
    onCleanup(() => void repository.git('config', 'uploadpack.allowFilter', 'true'));

    expect(await read.file(origin, head, 'landfall.yaml', never)).toBe('version: 2\n');
  });

  test('keeps nothing, whether it works, fails or is aborted [B9]', async () => {
    const { read, origin, left } = await reader();
    const controller = new AbortController();

    await read.commit(origin, old, never);
    await read.commit(origin, 'e'.repeat(40), never);
    const aborted = read.commit(origin, old, controller.signal);
    controller.abort(new Error('enough'));

    await expect(aborted).rejects.toThrow('enough');
    expect(left()).toEqual([]);
  });

  test('refuses URLs, branches and commits that git could misread [B6]', async () => {
    const { read, origin } = await reader();
    const type = (work: Promise<unknown>) =>
      work.then(
        () => 'accepted',
        (error: unknown) => failureOf(error)?.type,
      );

    expect(await type(read.branchHead({ kind: 'git', cloneUrl: 'ext::sh -c id' }, 'main', never))).toBe('UnsafeSource');
    expect(await type(read.branchHead(origin, '--upload-pack=id', never))).toBe('CommitNotFound');
    expect(await type(read.commit(origin, '--all', never))).toBe('CommitNotFound');
    expect(await type(read.file(origin, head, '../../etc/passwd', never))).toBe('UnsafeSource');
    expect(await type(read.file(origin, head, 'land*', never))).toBe('UnsafeSource');
  });

  test('a file or a message that is larger than it reads is a final answer, not one to ask for again [B11][F2]', async () => {
    const { read, origin } = await reader();
    const large = createRepository(root, 'acme/large');
    const commit = large.commit({ 'landfall.yaml': 'x'.repeat(5 * 1024 * 1024) });
    const message = join(tempDir(), 'message');
    writeFileSync(message, 'a word '.repeat(1024 * 1024));
    const talkative = large.git('commit-tree', '-F', message, `${commit}^{tree}`);
    large.git('update-ref', 'refs/heads/talkative', talkative);
    const from = { ...origin, cloneUrl: origin.cloneUrl.replace('/acme/shop.git', large.path) };

    const failures = await Promise.all(
      [read.file(from, commit, 'landfall.yaml', never), read.commit(from, talkative, never)].map((asked) =>
        asked.then(
          () => undefined,
          (error: unknown) => failureOf(error),
        ),
      ),
    );
    expect(failures).toMatchObject([
      { type: 'InvalidConfiguration', message: expect.stringContaining('Make it smaller') as unknown },
      { type: 'UnsafeSource' },
    ]);
    expect(failures.map((one) => one && failureFacts(one.type).retryable)).toEqual([false, false]);
  });
});
