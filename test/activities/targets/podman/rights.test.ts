/** The rights of a deployed container's first process, as the kernel shows them inside (proc_pid_status(5)). */
import { describe, expect, test } from '@jest/globals';
import { privilegesOf } from '../../../../contracts/config/privileges.ts';
import { perform } from '../perform.ts';
import { PORT } from '../images.ts';
import { startPodmanPlace } from '../podman-place.ts';

const place = await startPodmanPlace('rights');
const target = place.target();
const NONE = { add: [], drop: [] };
/** capabilities(7). */
const [CHOWN, NET_RAW, MKNOD] = [0, 13, 27];
const bit = (at: number) => 2n ** BigInt(at);
/** CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT, SETFCAP. */
const DEFAULT = [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 31].reduce((all, at) => all | bit(at), 0n);

/** Runs a version that prints its rights and ends. */
async function rightsWith(written: Parameters<typeof privilegesOf>[0]) {
  const base = (await place.scene('recreate')).request('one', 10);
  const command = ['sh', '-c', 'grep -E "^(Cap|NoNewPrivs)" /proc/1/status; exit 3'];
  const run = { port: PORT, env: {}, stopTimeoutMs: 1_000, command, privileges: privilegesOf(written) };
  const error = await perform(target.switchTo, { ...base, run }).then(
    () => new Error('it was healthy'),
    (thrown: unknown) => thrown as Error,
  );
  const all = Object.fromEntries(
    [...error.message.matchAll(/^(\w+):\s+([0-9a-f]+)$/gm)].map(
      ([, name = '', value = '']) => [name, BigInt(`0x${value}`)] as const,
    ),
  );
  return {
    effective: all['CapEff'],
    bounding: all['CapBnd'],
    ambient: all['CapAmb'],
    noNewPrivileges: all['NoNewPrivs'],
  };
}

describe('the first process of a deployed container', () => {
  test.each([
    ['as Landfall’s default is', { capabilities: NONE, setuid: false }, DEFAULT, 1n],
    [
      'with what is asked for',
      { capabilities: { add: ['NET_RAW', 'MKNOD'], drop: [] }, setuid: false },
      DEFAULT | bit(NET_RAW) | bit(MKNOD),
      1n,
    ],
    [
      'without what is given up, with setuid',
      { capabilities: { add: [], drop: ['CHOWN'] }, setuid: true },
      DEFAULT ^ bit(CHOWN),
      0n,
    ],
  ])(
    'has the rights of its settings and no other, and gains none: %s [B7][C3]',
    async (_, written, rights, noNewPrivileges) => {
      expect(await rightsWith(written)).toEqual({ effective: rights, bounding: rights, ambient: 0n, noNewPrivileges });
    },
  );
});
