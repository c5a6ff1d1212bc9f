import { describe, expect, test } from '@jest/globals';
import * as git from '../../../activities/source/git.ts';
import { Secret } from '../../../contracts/core/secret.ts';

const URL = 'https://git.example.com/acme/shop.git';
const SHA1 = '0123456789abcdef0123456789abcdef01234567';
const SHA256 = SHA1 + '89abcdef0123456789abcdef';

describe('git command lines', () => {
  test.each([
    [
      'init',
      git.initArgs('/b/git', SHA1),
      ['init', '--quiet', '--bare', '--template=', '--object-format=sha1', '--end-of-options', '/b/git'],
    ],
    [
      'init of a SHA-256 repository',
      git.initArgs('/b/git', SHA256),
      ['init', '--quiet', '--bare', '--template=', '--object-format=sha256', '--end-of-options', '/b/git'],
    ],
    [
      'fetch',
      git.fetchArgs('/b/git', URL, SHA1),
      [
        '--git-dir=/b/git',
        'fetch',
        '--quiet',
        '--depth=1',
        '--no-tags',
        '--no-recurse-submodules',
        '--end-of-options',
        URL,
        SHA1,
      ],
    ],
    [
      'fetch without files',
      git.fetchBareCommitArgs('/b/git', URL, SHA1),
      [
        '--git-dir=/b/git',
        'fetch',
        '--quiet',
        '--depth=1',
        '--filter=blob:none',
        '--no-tags',
        '--no-recurse-submodules',
        '--end-of-options',
        URL,
        SHA1,
      ],
    ],
    [
      'checkout',
      git.checkoutArgs({ git: '/b/git', source: '/b/source' }, SHA1),
      ['--git-dir=/b/git', '--work-tree=/b/source', 'checkout', '--quiet', '--force', '--detach', SHA1],
    ],
    [
      'head',
      git.headArgs(URL, 'main'),
      ['ls-remote', '--quiet', '--exit-code', '--end-of-options', URL, 'refs/heads/main'],
    ],
    [
      'tag',
      git.tagArgs(URL, 'v1'),
      ['ls-remote', '--quiet', '--exit-code', '--end-of-options', URL, 'refs/tags/v1', 'refs/tags/v1^{}'],
    ],
    [
      'entry',
      git.entryArgs('/b/git', SHA1, 'a/b.yaml'),
      ['--git-dir=/b/git', '--literal-pathspecs', 'ls-tree', '--full-tree', '-z', '--end-of-options', SHA1, 'a/b.yaml'],
    ],
    [
      'list',
      git.listArgs('/b/git', SHA1, '.'),
      ['--git-dir=/b/git', 'ls-tree', '-r', '-t', '--full-tree', '--end-of-options', SHA1],
    ],
    [
      'list of a folder',
      git.listArgs('/b/git', SHA1, 'services/web'),
      ['--git-dir=/b/git', 'ls-tree', '-r', '-t', '--full-tree', '--end-of-options', `${SHA1}:services/web`],
    ],
    ['blob', git.blobArgs('/b/git', SHA1), ['--git-dir=/b/git', 'cat-file', 'blob', SHA1]],
    [
      'message',
      git.messageArgs('/b/git', SHA1),
      ['--git-dir=/b/git', 'log', '--max-count=1', '--format=%B', '--end-of-options', SHA1],
    ],
  ])('%s', (_, made, expected) => {
    expect(made).toEqual(expected);
  });
});

describe('the environment of git', () => {
  test('holds every protection, and no credentials when there are none', () => {
    expect(git.gitEnvironment(URL)).toEqual({
      HOME: '/nonexistent',
      LC_ALL: 'C',
      GIT_ALLOW_PROTOCOL: 'https:http',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_COUNT: '11',
      ...pairs([
        ['core.hooksPath', '/dev/null'],
        ['core.fsmonitor', 'false'],
        ['core.attributesFile', '/dev/null'],
        ['credential.helper', ''],
        ['http.followRedirects', 'false'],
        ['http.lowSpeedLimit', '1'],
        ['http.lowSpeedTime', '30'],
        ['protocol.version', '2'],
        ['submodule.recurse', 'false'],
        ['gc.auto', '0'],
        ['maintenance.auto', 'false'],
      ]),
    });
  });

  test('sends the token as a header to this very URL only [B6]', () => {
    const environment = git.gitEnvironment(URL, new Secret('ghs_token'));

    expect(environment).toMatchObject({
      GIT_CONFIG_COUNT: '12',
      GIT_CONFIG_KEY_11: `http.${URL}.extraHeader`,
      GIT_CONFIG_VALUE_11: `Authorization: Basic ${Buffer.from('x-access-token:ghs_token').toString('base64')}`,
    });
  });
});

const pairs = (entries: readonly (readonly [string, string])[]) =>
  Object.fromEntries(
    entries.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  );
