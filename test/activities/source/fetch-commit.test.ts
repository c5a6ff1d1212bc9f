import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fetchCommit } from '../../../activities/source/fetch-commit.ts';
import type { SourceCredentials } from '../../../activities/source/credentials.port.ts';
import { failureOf } from '../../../contracts/failures.ts';
import { Secret } from '../../../contracts/secret.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitServer } from '../../support/git-server.ts';
import { tempDir } from '../../support/tmp.ts';
import { createRepository } from './repository.ts';

const TOKEN = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
const never = new AbortController().signal;
const noToken: SourceCredentials = { tokenFor: async () => undefined };
const withToken = (token: string): SourceCredentials => ({ tokenFor: async () => new Secret(token) });

const root = tempDir();
const repository = createRepository(root);
const first = repository.commit({ 'file.txt': 'first', 'run.sh': { script: '#!/bin/sh\n' } }, 'first');
const second = repository.commit({ 'file.txt': 'second' }, 'second');

type Intercept = (req: IncomingMessage, res: ServerResponse) => boolean | Promise<boolean>;

/** A server of the test's own, in front of the same repositories. */
async function serve(options: { token?: string; intercept?: Intercept } = {}) {
  const { token, intercept } = options;
  const server = await startGitServer({
    root,
    ...(token !== undefined && { authorize: (given) => given?.user === 'x-access-token' && given.password === token }),
    ...(intercept && { intercept }),
  });
  onCleanup(() => server.stop());
  return { kind: 'git', cloneUrl: server.url + repository.path } as const;
}

function folders() {
  const dir = tempDir();
  return { git: join(dir, 'git'), source: join(dir, 'source') };
}

async function failing(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { type: failureOf(error)?.type, message: error instanceof Error ? error.message : '' };
}

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
    let commandLines = '';
    const origin = await serve({
      token: TOKEN,
      intercept: (req) => {
        if (req.headers.authorization !== undefined) commandLines += allCommandLines();
        return false;
      },
    });

    await fetchCommit({ origin, commit: first, folders: to, credentials: withToken(TOKEN), signal: never });

    const encoded = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
    expect(commandLines).toContain(`fetch --quiet --depth=1`);
    for (const secret of [TOKEN, encoded]) {
      expect(commandLines).not.toContain(secret);
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

    expect(allCommandLines()).not.toContain(to.git);
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

function allCommandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .join('\n');
}
