import { describe, expect, test } from '@jest/globals';
import { createGitHubSource } from '../../../activities/github/source.ts';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { failureIn, startScene } from './scene.ts';

const { github, origin, commit, client, repository, work, callsOf } = await startScene();
const source = createGitHubSource(client);
const signal = new AbortController().signal;

describe('branchHead', () => {
  test('is the newest commit of the branch, with its whole message [B4]', async () => {
    expect(await source.branchHead(origin, 'main', signal)).toEqual({ commit, message: 'Begin\n\nWith a body.' });
  });

  test('is read again each time [B4]', async () => {
    await work.push({ ref: 'feature/slash#1' });
    const before = await source.branchHead(origin, 'feature/slash#1', signal);
    const later = await work.commit({ 'b.txt': 'b' });
    await work.push({ ref: 'feature/slash#1' });
    expect(before?.commit).toBe(commit);
    expect((await source.branchHead(origin, 'feature/slash#1', signal))?.commit).toBe(later);
  });

  test('is nothing for a branch that is not there, or is no branch [B4]', async () => {
    await work.push({ ref: 'refs/tags/v1' });
    for (const branch of ['gone', 'v1', commit]) {
      expect(await source.branchHead(origin, branch, signal)).toBeUndefined();
    }
  });

  test('is nothing for a branch that was renamed: GitHub answers with the other one [B4]', async () => {
    const head = await source.branchHead(origin, 'main', signal);
    const body = { name: 'main', commit: { sha: head?.commit, commit: { message: 'x' } } };
    github.fault({ operation: 'repos/get-branch', answer: { status: 200, body } });
    expect(await source.branchHead(origin, 'master', signal)).toBeUndefined();
  });

  test('passes on that GitHub is away [A4]', async () => {
    github.fault({ operation: 'repos/get-branch', answer: serverError() });
    expect(await failureIn(source.branchHead(origin, 'main', signal))).toMatchObject({ type: 'GitHubUnavailable' });
  });
});

describe('commit', () => {
  test('is found by its full id [B4]', async () => {
    expect(await source.commit(origin, commit, signal)).toEqual({ commit, message: 'Begin\n\nWith a body.' });
  });

  test('is nothing when the repository does not have it [B4]', async () => {
    expect(await source.commit(origin, 'f'.repeat(40), signal)).toBeUndefined();
  });
});

describe('file', () => {
  test('is read at a commit and at a branch, in folders and with any characters [B4]', async () => {
    const content = 'name: "Grüße 🚀"\n'.repeat(20);
    const sha = await work.commit({ 'landfall.yaml': 'version: 2\n', 'a b/ü.yaml': content });
    await work.push();
    expect(await source.file(origin, commit, 'landfall.yaml', signal)).toBe('version: 1\n');
    expect(await source.file(origin, 'main', 'landfall.yaml', signal)).toBe('version: 2\n');
    expect(await source.file(origin, sha, 'a b/ü.yaml', signal)).toBe(content);
  });

  test('is nothing when there is no such file, commit or branch, or it is a folder or a link [B4]', async () => {
    await work.git('config', 'core.symlinks', 'true');
    await work.commit({ 'folder/file.txt': 'x' });
    const { symlink } = await import('node:fs/promises');
    await symlink('/etc/passwd', `${work.dir}/link.yaml`);
    const sha = await work.commit({});
    await work.push();
    expect(await source.file(origin, sha, 'folder', signal)).toBeUndefined();
    expect(await source.file(origin, sha, 'link.yaml', signal)).toBeUndefined();
    expect(await source.file(origin, sha, 'missing.yaml', signal)).toBeUndefined();
    expect(await source.file(origin, 'gone', 'landfall.yaml', signal)).toBeUndefined();
    expect(await source.file(origin, 'f'.repeat(40), 'landfall.yaml', signal)).toBeUndefined();
  });

  test.each([262_145, 1_100_000])('of %i bytes is refused in words [B4][A4]', async (bytes) => {
    const sha = await work.commit({ 'large.yaml': '#'.repeat(bytes) });
    await work.push();
    const refused = await failureIn(source.file(origin, sha, 'large.yaml', signal));
    expect(refused).toMatchObject({ type: 'InvalidConfiguration', nonRetryable: true });
    expect(refused.message).toContain(`${bytes} bytes`);
  });
});

describe('a tag with the name of a branch', () => {
  test('does not stand in for it: whoever may push tags does not say who may deploy [B4][A7]', async () => {
    await work.commit({ 'landfall.yaml': 'version: 1\n# of the branch\n' });
    await work.push();
    await work.commit({ 'landfall.yaml': 'version: 1\n# of the tag\n' });
    await work.push({ ref: 'refs/tags/main' });
    expect(await source.file(origin, 'main', 'landfall.yaml', signal)).toContain('# of the branch');
  });
});

describe('repository', () => {
  test('is looked up by id, so a rename does not matter [B4]', async () => {
    github.renameRepository(repository.id, 'website');
    try {
      expect(await source.repository({ ...origin, cloneUrl: '' }, signal)).toEqual({
        id: repository.id,
        fullName: 'acme/website',
        defaultBranch: 'main',
        cloneUrl: `${github.url}/acme/website.git`,
        private: true,
      });
    } finally {
      github.renameRepository(repository.id, 'web');
    }
  });

  test('costs one call each, and one token for all reading [A1]', async () => {
    await source.repository(origin, signal);
    const calls = await callsOf(async () => {
      await source.repository(origin, signal);
      await source.branchHead(origin, 'main', signal);
      await source.file(origin, 'main', 'landfall.yaml', signal);
    });
    expect(calls).toEqual(['repos/get', 'repos/get-branch', 'repos/get-content']);
  });
});
