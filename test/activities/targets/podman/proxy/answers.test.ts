/** HAProxy's answers, as version 2.6 gives them. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { chooseSlot } from '../../../../../activities/targets/podman/proxy/proxy.ts';
import { parseProcesses, reload } from '../../../../../activities/targets/podman/proxy/reload.ts';
import {
  createRuntime,
  parseFormer,
  parseServers,
  parseSessionIds,
  parseSessions,
} from '../../../../../activities/targets/podman/proxy/runtime.ts';
import { onCleanup } from '../../../../support/cleanup.ts';
import { tempDir } from '../../../../support/tmp.ts';

const HEAD = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
`;
const row = (slot: string, operational: number, administrative: number, port: number) =>
  `4 landfall.a.b.c 1 ${slot} 127.0.0.1 ${operational} ${administrative} 1 1 0 1 0 2 0 0 0 0 - ${port} - 0 0 - - 0\n`;

describe('show servers state', () => {
  test.each([
    ['in use', 2, 0, { ready: true, draining: false }],
    ['in use, though the file says disabled', 2, 4, { ready: true, draining: false }],
    ['draining', 2, 8, { ready: false, draining: true }],
    ['in maintenance', 0, 1, { ready: false, draining: false }],
    ['in maintenance by the file', 0, 5, { ready: false, draining: false }],
    ['stopped', 0, 0, { ready: false, draining: false }],
  ])('a server %s', (_, operational, administrative, expected) => {
    expect(parseServers(HEAD + row('blue', operational, administrative, 4001))).toEqual([
      { slot: 'blue', port: 4001, ...expected },
    ]);
  });

  test('a section that the running worker does not know', () => {
    expect(parseServers("Can't find backend.")).toBeUndefined();
  });
});

test('show stat: the sessions of one server', () => {
  const csv = '# pxname,svname,qcur,qmax,scur\nlandfall.a.b.c,blue,0,0,3,9\nlandfall.a.b.cc,blue,0,0,7,9\n';
  expect(parseSessions(csv, 'landfall.a.b.c', 'blue')).toBe(3);
  expect(parseSessions(csv, 'landfall.a.b.c', 'green')).toBe(0);
});

test('show sess: the sessions of one server', () => {
  const session = (id: string, backend: string, server: string) =>
    `${id}: proto=tcpv4 src=127.0.0.1:48322 fe=${backend} be=${backend} srv=${server} ts=00 epoch=0 age=3s calls=3 exp=27s\n`;
  const text = [
    session('0x55f9d146f9a0', 'landfall.a.b.c', 'blue'),
    session('0x55f9d146f9a1', 'landfall.a.b.c', 'green'),
    session('0x55f9d146f9a2', 'landfall.a.b.cc', 'blue'),
    session('0x7f3db4026b40', 'GLOBAL', '<none>').replace('be=GLOBAL', 'be=<NONE>'),
  ].join('');
  expect(parseSessionIds(text, 'landfall.a.b.c', 'blue')).toEqual(['0x55f9d146f9a0']);
  expect(parseSessionIds("Can't find the target", 'landfall.a.b.c', 'blue')).toEqual([]);
});

test('show proc: how the last reload went, and the current worker', () => {
  const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
20682           master          2 [failed: 1]   0d00h00m02s     2.6.12-1+deb12u4
# workers
20693           worker          1               0d00h00m02s     2.6.12-1+deb12u4
# old workers
20601           worker          2               0d00h00m09s     2.6.12-1+deb12u4
# programs
`;
  expect(parseProcesses(text)).toEqual({ reloads: 2, failed: 1, worker: 20693 });
  expect(parseFormer(text)).toEqual([20601]);
  expect(parseFormer('nonsense')).toEqual([]);
  expect(() => parseProcesses('nonsense')).toThrow(/show proc/);
});

describe('the slot for a port', () => {
  const server = (slot: 'blue' | 'green', port: number, ready: boolean) => ({ slot, port, ready, draining: false });

  test.each([
    ['its own', [server('blue', 1, true), server('green', 2, false)], 1, 'blue'],
    ['the idle one', [server('blue', 1, true), server('green', 2, false)], 3, 'green'],
    ['its own of two (killed in mid-switch)', [server('blue', 1, true), server('green', 2, true)], 2, 'green'],
    ['the one that the file has not chosen, of two', [server('blue', 1, true), server('green', 2, true)], 3, 'blue'],
  ] as const)('%s', (_, servers, port, expected) => {
    expect(chooseSlot(servers, port, 'green')).toBe(expected);
  });
});

test('a master that cuts the connection on which it was told to reload has reloaded all the same', async () => {
  const [master, admin] = ['master', 'admin'].map((name) => join(tempDir(), name));
  let reloads = 0;
  let calls = 0;
  const servers = [
    createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => undefined);
      calls += 1;
      // The second one says "reload": bytes that are never read cut the connection. The third one gets no answer.
      if (calls === 2) {
        reloads += 1;
        socket.destroy();
      } else if (calls === 3) socket.resume().end();
      else socket.resume().end(`1 master ${reloads} [failed: 0]\n${100 + reloads} worker 0\n`);
    }),
    createServer((socket) => {
      socket
        .on('error', () => undefined)
        .resume()
        .end(`Pid: ${100 + reloads}\n`);
    }),
  ];
  for (const [index, path] of [master, admin].entries()) {
    await new Promise<void>((resolve) => servers[index]?.listen(path, resolve));
  }
  onCleanup(() => void servers.map((server) => server.close()));
  await reload(String(master), createRuntime(String(admin), String(master)));
  expect(reloads).toBe(1);
});
