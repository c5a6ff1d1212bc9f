import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fetchCommit } from '../../../activities/source/fetch-commit.ts';
import { startGitServer } from '../../../stand-ins/git-server.ts';
import { smallDisk } from '../../support/small-disk.ts';
import { failing, first, folders, never, noToken, repository, root, serve, TOKEN, withToken } from './fetching.ts';

describe('a fetch that fails', () => {
  test('a token that is refused twice is SourceRefused, and never shown [B6]', async () => {
    const origin = await serve({ token: 'another' });

    const { type, message } = await failing(
      fetchCommit({ origin, commit: first, folders: folders(), credentials: withToken(TOKEN), signal: never }),
    );

    expect(type).toBe('SourceRefused');
    expect(message).toMatch(/Fetching commit .* failed: .*did not accept our credentials/);
    expect(message).not.toContain(TOKEN);
  });

  test('a server that repeats what it was sent does not get the token into the message [B6]', async () => {
    const origin = await serve({
      intercept: (req, res) => {
        const sent = req.headers.authorization ?? '';
        res.writeHead(500, { 'content-type': 'text/plain' });
        res.end(`failed: ${sent} ${Buffer.from(sent.slice(6), 'base64').toString()}\n`);
        return true;
      },
    });

    const { type, message } = await failing(
      fetchCommit({ origin, commit: first, folders: folders(), credentials: withToken(TOKEN), signal: never }),
    );

    expect(type).toBe('SourceUnavailable');
    expect(message).not.toContain(TOKEN);
    expect(message).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'));
  });

  test('an unknown commit is CommitNotFound', async () => {
    const request = { origin: await serve(), folders: folders(), credentials: noToken, signal: never };

    expect(await failing(fetchCommit({ ...request, commit: 'f'.repeat(40) }))).toMatchObject({
      type: 'CommitNotFound',
    });
  });

  test('a repository that is not there is SourceRefused', async () => {
    const origin = await serve();
    const gone = { ...origin, cloneUrl: origin.cloneUrl.replace('shop', 'gone') };

    expect(
      await failing(
        fetchCommit({ origin: gone, commit: first, folders: folders(), credentials: noToken, signal: never }),
      ),
    ).toMatchObject({ type: 'SourceRefused', message: expect.stringContaining('no such repository') });
  });

  test('a redirect is not followed, and the token not sent there [B6]', async () => {
    let elsewhere = 0;
    const other = await serve({
      intercept: () => {
        elsewhere += 1;
        return false;
      },
    });
    const origin = await serve({
      intercept: (req, res) => {
        res.writeHead(302, { location: other.cloneUrl + (req.url ?? '').replace(repository.path, '') });
        res.end();
        return true;
      },
    });

    expect(
      await failing(
        fetchCommit({ origin, commit: first, folders: folders(), credentials: withToken(TOKEN), signal: never }),
      ),
    ).toMatchObject({ type: 'SourceRefused', message: expect.stringContaining('has moved') });
    expect(elsewhere).toBe(0);
  });

  test('a server that is away is SourceUnavailable, to be tried again', async () => {
    const server = await startGitServer({ root });
    await server.stop();
    const origin = { kind: 'git', cloneUrl: server.url + repository.path } as const;

    const { type, message } = await failing(
      fetchCommit({ origin, commit: first, folders: folders(), credentials: noToken, signal: never }),
    );

    expect(type).toBe('SourceUnavailable');
    expect(message).toMatch(/will be tried again/);
  });
});

describe('a disk that is full', () => {
  /** The first does not shrink on its way here, the second does. */
  const commits = {
    noise: () => repository.commit({ 'noise.bin': randomBytes(3_000_000).toString('base64') }, 'noise', 'noise'),
    zeros: () => repository.commit({ 'zeros.txt': '0'.repeat(3_000_000) }, 'zeros', 'zeros'),
  };

  test.each([
    ['before it begins', 'noise', 0, 'Preparing the fetch', 'no space left on device'],
    ['while it is fetched', 'noise', 500_000, 'Fetching commit [0-9a-f]{7}', 'no space left on device'],
    ['while it is checked out', 'zeros', 1_000_000, 'Checking out commit [0-9a-f]{7}', 'unable to write file zeros'],
  ] as const)(
    '%s is DiskFull, with whose it is and what to do; with room the same fetch goes through [B5]',
    async (_when, content, leftBytes, doing, words) => {
      const disk = smallDisk(16);
      const origin = await serve();
      const here = { git: join(disk.dir, 'git'), source: join(disk.dir, 'source') };
      const request = { origin, commit: commits[content](), folders: here, credentials: noToken, signal: never };
      disk.fill(leftBytes);

      const { type, message } = await failing(fetchCommit(request));

      expect(type).toBe('DiskFull');
      expect(message).toMatch(new RegExp(`^${doing} from ${origin.cloneUrl} failed: .*${words}`, 'i'));
      expect(message).toMatch(/ The disk of the build host is full\. Free some space, then build again\.$/);
      disk.free();
      await fetchCommit(request);
      expect(readdirSync(here.source)).toHaveLength(1);
    },
  );
});

describe('a tree that no git would make', () => {
  test.each(['.git', '.GIT', '..', 'git~1'])('with an entry %j is not checked out [B6]', async (name) => {
    const bare = join(root, 'acme/shop.git');
    const write = (args: string[], input: string | Buffer) =>
      execFileSync('git', ['-C', bare, ...args], {
        input,
        encoding: 'utf8',
        env: { ...process.env, ...AUTHOR },
      }).trim();
    const blob = write(['hash-object', '-w', '--stdin'], '[core]\nfsmonitor = touch /tmp/x\n');
    const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
    const tree = write(['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], entry);
    const commit = write(['commit-tree', tree, '-m', 'hostile'], '');
    repository.git('update-ref', 'refs/heads/hostile', commit);

    const { type } = await failing(
      fetchCommit({ origin: await serve(), commit, folders: folders(), credentials: noToken, signal: never }),
    );

    expect(type).toBe('UnsafeSource');
  });
});

const AUTHOR = {
  GIT_AUTHOR_NAME: 'Eve',
  GIT_AUTHOR_EMAIL: 'eve@example.com',
  GIT_COMMITTER_NAME: 'Eve',
  GIT_COMMITTER_EMAIL: 'eve@example.com',
};
