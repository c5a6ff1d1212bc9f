import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { serviceSettings } from '../../../contracts/config/settings.ts';
import { privilegesOf } from '../../../contracts/config/privileges.ts';

const file = (run: string) => `version: 1\nservices:\n  web:\n    run: ${run}\n`;

function privileges(run: string) {
  const read = readLandfallYaml(file(run));
  const web = read.ok ? read.value.services['web'] : undefined;
  return web && serviceSettings(web).run.privileges;
}

describe('what a container may do', () => {
  test.each([
    ['{}', { add: [], drop: ['AUDIT_WRITE', 'MKNOD', 'NET_RAW'], setuid: false }],
    ['{ setuid: true }', { add: [], drop: ['AUDIT_WRITE', 'MKNOD', 'NET_RAW'], setuid: true }],
    ['{ capabilities: { add: [cap_net_raw] } }', { add: ['NET_RAW'], drop: ['AUDIT_WRITE', 'MKNOD'], setuid: false }],
    [
      '{ capabilities: { add: [IPC_LOCK], drop: [CHOWN, CAP_SETUID] } }',
      { add: ['IPC_LOCK'], drop: ['AUDIT_WRITE', 'CHOWN', 'MKNOD', 'NET_RAW', 'SETUID'], setuid: false },
    ],
  ])('run: %s [B4]', (run, expected) => {
    expect(privileges(run)).toEqual(expected);
  });

  test.each(['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'DAC_READ_SEARCH', 'ALL', 'all', 'x', ''])(
    'the capability %j is not given, and its place in the file is named [B4]',
    (name) => {
      const read = readLandfallYaml(file(`{ capabilities: { add: [${JSON.stringify(name)}] } }`));

      expect(read).toMatchObject({
        ok: false,
        problems: [{ path: 'services.web.run.capabilities.add.0', message: expect.stringContaining('NET_RAW') }],
      });
    },
  );

  test('none is both given and taken, and what is dropped stays dropped', () => {
    const names = fc.subarray(['NET_RAW', 'MKNOD', 'AUDIT_WRITE', 'IPC_LOCK', 'SYS_NICE']);
    fc.assert(
      fc.property(names, names, (add, drop) => {
        const asked = privilegesOf({ capabilities: { add, drop }, setuid: false });

        expect(asked.add.filter((name) => asked.drop.includes(name))).toEqual([]);
        expect(asked.drop).toEqual(expect.arrayContaining(drop));
      }),
    );
  });
});
