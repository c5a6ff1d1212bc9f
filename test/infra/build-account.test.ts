/** The account that builds: how it is made, and the message when it cannot build. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { prepareBuildAccount } from '../../infra/dev/build-account.ts';
import { accountCommands, ensureBuildAccount, readAccounts } from '../../infra/setup/build-account.mjs';
import { tempDir } from '../support/tmp.ts';

const NOTHING = { passwd: '', group: '', subuid: '', subgid: '' };
const rangesIn = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':').slice(1).map(Number));
const given = (commands: readonly (readonly string[])[], option: string) => {
  const command = commands.find((one) => one.includes(option)) ?? [];
  return (command[command.indexOf(option) + 1] ?? '').split('-').map(Number);
};

describe('the account that builds', () => {
  test('is a system account without a shell, with 65,536 subordinate ids [B7][F5]', () => {
    const [made, completed, ...more] = accountCommands(NOTHING);
    expect(made).toEqual(
      expect.arrayContaining(['useradd', '--system', '--user-group', '/usr/sbin/nologin', '/var/lib/landfall-build']),
    );
    expect(completed).toEqual([
      'usermod',
      ...['--add-subuids', '100000-165535', '--add-subgids', '100000-165535'],
      'landfall-build',
    ]);
    expect(more).toEqual([]);
  });

  test('shares no subordinate id with any account or group, whatever is there already [B7]', () => {
    const ranges = fc.array(
      fc.tuple(
        fc.constantFrom('anna', '1000', 'x'),
        fc.integer({ min: 0, max: 2_000_000 }),
        fc.integer({ min: 0, max: 200_000 }),
      ),
      { maxLength: 12 },
    );
    const text = ranges.map((all) => all.map((fields) => fields.join(':')).join('\n'));
    const ids = fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(
        text,
        text,
        ids,
        fc.constantFrom('', 'x\n', 'no:numbers:here\n', '#:\n'),
        (subuid, subgid, own, odd) => {
          const passwd = own.map((id) => `a${id}:x:${id}:${id}::/:/bin/sh`).join('\n');
          const commands = accountCommands({ passwd, group: '', subuid: odd + subuid, subgid: `${subgid}\n${odd}` });
          const [start = 0, end = 0] = given(commands, '--add-subuids');
          expect(given(commands, '--add-subgids')).toEqual([start, end]);
          expect(end - start).toBe(65_535);
          const taken = [...rangesIn(subuid), ...rangesIn(subgid), ...own.map((id) => [id, 1])];
          for (const [from = 0, count = 0] of taken)
            expect({ start, from, count, free: count === 0 || from > end || from + count <= start }).toMatchObject({
              free: true,
            });
        },
      ),
    );
  });

  test.each([
    ['with ids', 'landfall-build:100000:65536\n', 0],
    ['with ids by its number', '990:100000:65536\n', 0],
    ['with ids in two ranges', 'landfall-build:100000:32768\nlandfall-build:300000:32768\n', 0],
    ['without ids', '', 1],
    ['with too few', 'landfall-build:100000:1000\n', 1],
  ])('that is there %s is completed, not made again [B7][F5]', (_, ids, commands) => {
    const passwd = 'landfall-build:x:990:990::/var/lib/landfall-build:/usr/sbin/nologin\n';
    expect(accountCommands({ ...NOTHING, passwd, subuid: ids, subgid: ids })).toHaveLength(commands);
  });

  test('of which only the group is there joins that [B7]', () => {
    expect(accountCommands({ ...NOTHING, group: 'landfall-build:x:990:\n' })[0]).toEqual(
      expect.arrayContaining(['--gid', 'landfall-build']),
    );
  });

  test('is not made where no ids are left [B7]', () => {
    expect(() => accountCommands({ ...NOTHING, subuid: 'anna:100000:700000000\n' })).toThrow(
      /subordinate ids are free/,
    );
  });
});

const able = await prepareBuildAccount();
if ('lacks' in able) console.warn(`What an account lacks is not tested here: it lacks ${able.lacks}.`);

describe('on this machine', () => {
  const onAble = 'lacks' in able ? test.skip : test;

  onAble('it is made once [B7][F5]', () => {
    expect(accountCommands(readAccounts())).toEqual([]);
    expect(ensureBuildAccount()).toBe(false);
  });

  /**
   * The decision of `landfall up`, in a place where a program stands in for one that is hidden; by default an empty
   * file.
   */
  const decided = (hidden: string, program = '') => {
    const dir = tempDir();
    const [empty, script] = [join(dir, 'empty'), join(dir, 'script.ts')];
    writeFileSync(empty, program);
    if (program !== '') chmodSync(empty, 0o755);
    const parts = fileURLToPath(new URL('../../cli/up/parts.ts', import.meta.url));
    writeFileSync(
      script,
      `import { hosts } from ${JSON.stringify(parts)};
const said = [], kept = [];
const settings = { dir: ${JSON.stringify(dir)}, host: 'local', podmanSocket: '/run/x.sock', podmanIsGiven: true, proxy: { limits: {}, timeouts: {} } };
const refused = await hosts(settings, async (name) => kept.push(name), (line) => said.push(line)).then(() => undefined, String);
console.log(JSON.stringify({ said, builds: kept.includes('build engine'), refused }));`,
    );
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', `mount --bind ${empty} ${hidden} && exec "$@"`, 'sh', process.execPath, script],
      { encoding: 'utf8' },
    );
    expect(stderr.replace(/^.*Warning.*$/gm, '')).not.toMatch(/Error/);
    return JSON.parse(stdout) as { said: string[]; builds: boolean; refused?: string };
  };

  onAble.each([
    ['/usr/bin/newuidmap', 'install the package uidmap'],
    ['/usr/bin/slirp4netns', 'install the package slirp4netns'],
    ['/dev/net/tun', 'modprobe tun'],
  ])(
    'without %s builds share the Podman of services, and `landfall up` says why and what to do [B7][F5]',
    (hidden, todo) => {
      const { said, builds } = decided(hidden);
      expect(builds).toBe(false);
      expect(said).toEqual([expect.stringContaining('builds have no account of their own')]);
      expect(said[0]).toContain(todo);
    },
  );

  onAble('with all of it they have a Podman of that account [B7][F5]', () => {
    expect(decided('/etc/hostname')).toEqual({ said: [], builds: true });
  });

  const onUnshare = existsSync('/usr/bin/unshare') ? onAble : test.skip;
  const BUSY = 'echo "unshare: fork failed: Resource temporarily unavailable" >&2; exit 1';

  onUnshare('a passing trouble of the look at it is waited out [B7][F1]', () => {
    const count = join(tempDir(), 'count');
    writeFileSync(count, '');
    chmodSync(count, 0o666);
    const program = `#!/bin/sh\necho >>${count}\n[ "$(wc -l <${count})" -ge 3 ] || { ${BUSY}; }\n`;

    expect(decided('/usr/bin/unshare', program)).toEqual({ said: [], builds: true });
    expect(readFileSync(count, 'utf8')).toHaveLength(3);
  });

  onUnshare('one that stays gives builds of a complete account to no other Podman [B7][F1]', () => {
    const { said, builds, refused } = decided('/usr/bin/unshare', `#!/bin/sh\n${BUSY}\n`);

    expect({ said, builds }).toEqual({ said: [], builds: false });
    expect(refused).toMatch(/temporarily unavailable.*Start again/);
  });

  onUnshare('a machine that says no is not asked again [B7]', () => {
    const { said, builds } = decided(
      '/usr/bin/unshare',
      '#!/bin/sh\necho "unshare failed: Operation not permitted" >&2; exit 1\n',
    );

    expect(builds).toBe(false);
    expect(said).toEqual([expect.stringContaining('Operation not permitted')]);
  });
});
