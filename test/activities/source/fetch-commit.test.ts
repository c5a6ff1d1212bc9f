import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { SourceCredentials } from '../../../activities/source/credentials.port.ts';
import { fetchCommit } from '../../../activities/source/fetch-commit.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitServer } from '../../../stand-ins/git-server.ts';
import { tempDir } from '../../support/tmp.ts';
import { commandLines } from '../processes.ts';
import { first, folders, never, noToken, repository, root, second, serve, TOKEN, withToken } from './fetching.ts';
import { createRepository } from './repository.ts';

/** Everything below a folder as one text, to look for secrets in. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'latin1')}`)
    .join('\n');
}

describe('fetchCommit', () => {
  test('fetches exactly the commit, not the branch head, and nothing of its history [B6]', async () => {
    const to = folders();

    await fetchCommit({ origin: await serve(), commit: first, folders: to, credentials: noToken, signal: never });

    expect(readFileSync(join(to.source, 'file.txt'), 'utf8')).toBe('first');
    expect(readdirSync(to.source).toSorted()).toEqual(['file.txt', 'run.sh']);
    expect(readFileSync(join(to.git, 'shallow'), 'utf8').trim()).toBe(first);
  });

  test('starts over when an earlier attempt left something, and again is the same [F1]', async () => {
    const to = folders();
    const request = { origin: await serve(), commit: second, folders: to, credentials: noToken, signal: never };
    for (const folder of [to.git, to.source]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'config'), 'rubbish of a killed attempt');
      writeFileSync(join(folder, 'index.lock'), '');
    }

    await fetchCommit(request);
    await fetchCommit(request);

    expect(readdirSync(to.source)).toEqual(['file.txt']);
    expect(readFileSync(join(to.source, 'file.txt'), 'utf8')).toBe('second');
  });

  test('fetches from a SHA-256 repository', async () => {
    const other = createRepository(root, 'acme/modern', 'sha256');
    const commit = other.commit({ 'file.txt': 'modern' });
    const server = await startGitServer({ root });
    onCleanup(() => server.stop());
    const to = folders();

    const origin = { kind: 'git', cloneUrl: server.url + other.path } as const;
    await fetchCommit({ origin, commit, folders: to, credentials: noToken, signal: never });

    expect(readFileSync(join(to.source, 'file.txt'), 'utf8')).toBe('modern');
  });

  test('while it fetches the token is in no command line, and afterwards in no file [B6]', async () => {
    const to = folders();
    let seen = '';
    const origin = await serve({
      token: TOKEN,
      intercept: (req) => {
        if (req.headers.authorization !== undefined) seen += commandLines();
        return false;
      },
    });

    await fetchCommit({ origin, commit: first, folders: to, credentials: withToken(TOKEN), signal: never });

    const encoded = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
    expect(seen).toContain(`fetch --quiet --depth=1`);
    for (const secret of [TOKEN, encoded]) {
      expect(seen).not.toContain(secret);
      expect(everything(to.git) + everything(to.source)).not.toContain(secret);
    }
    expect(readFileSync(join(to.source, 'file.txt'), 'utf8')).toBe('first');
  });

  test('a refused token is exchanged once; then it works', async () => {
    const asked: (string | undefined)[] = [];
    const credentials: SourceCredentials = {
      async tokenFor(_origin, _signal, refused) {
        asked.push(refused?.reveal());
        return new Secret(refused ? TOKEN : 'ghs_revokedrevokedrevoked');
      },
      cloneUrlOf: async ({ cloneUrl }) => cloneUrl,
    };
    const to = folders();

    await fetchCommit({
      origin: await serve({ token: TOKEN }),
      commit: first,
      folders: to,
      credentials,
      signal: never,
    });

    expect(asked).toEqual([undefined, 'ghs_revokedrevokedrevoked']);
  });

  test('a repository that has moved is fetched from where it is now; no redirect is followed with the token [B4][B6]', async () => {
    const now = await serve({ token: TOKEN });
    const sent: unknown[] = [];
    const moved = await serve({
      intercept: (req, res) => {
        sent.push(req.headers.authorization);
        res.writeHead(301, { location: now.cloneUrl }).end();
        return true;
      },
    });
    const to = folders();

    await fetchCommit({
      origin: moved,
      commit: first,
      folders: to,
      credentials: { ...withToken(TOKEN), cloneUrlOf: async () => now.cloneUrl },
      signal: never,
    });

    expect(sent).toHaveLength(1);
    expect(readFileSync(join(to.source, 'file.txt'), 'utf8')).toBe('first');
  });

  test('an abort in the middle of a fetch ends git at once [B10]', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled on request');
    const to = folders();
    // Never answers: the fetch hangs until it is aborted.
    const origin = await serve({
      intercept: () => {
        controller.abort(reason);
        return new Promise<boolean>(() => undefined);
      },
    });

    await expect(
      fetchCommit({ origin, commit: first, folders: to, credentials: noToken, signal: controller.signal }),
    ).rejects.toBe(reason);

    expect(commandLines()).not.toContain(to.git);
  });

  test('hooks, filters and submodules of a repository do nothing [B6]', async () => {
    const proof = join(tempDir(), 'ran');
    const commit = repository.commit({
      '.gitattributes': '*.txt filter=evil\n*.bin filter=lfs\n',
      '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% ${proof}\n`,
      '.git-hooks/post-checkout': { script: `#!/bin/sh\ntouch ${proof}\n` },
      'a.txt': 'text',
      'a.bin': 'version https://git-lfs.github.com/spec/v1\n',
    });
    const to = folders();

    await fetchCommit({ origin: await serve(), commit, folders: to, credentials: noToken, signal: never });

    expect(existsSync(proof)).toBe(false);
    expect(readFileSync(join(to.source, 'a.bin'), 'utf8')).toBe('version https://git-lfs.github.com/spec/v1\n');
  });
});
