/** A machine for `landfall install`: a folder in place of /etc, the real systemctl for what needs no running systemd. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SystemdMachine } from '../../../cli/install/machine.ts';
import { tempDir } from '../../support/tmp.ts';

export interface TestMachine extends SystemdMachine {
  readonly root: string;
  /** Every call of systemctl but those that only look. */
  readonly done: string[];
  /** The main process of the service. */
  mainPid: number;
  /** Units that run. */
  readonly active: Set<string>;
  /** Folders in which a database was made. */
  readonly databases: string[];
}

const LOOKS: ReadonlySet<string> = new Set(['--version', 'cat', 'show', 'is-active', 'is-enabled']);
const UNITS = join('usr', 'lib', 'systemd', 'system');

const own = (): number => process.getuid?.() ?? 0;

export function testMachine(
  given: Partial<SystemdMachine> & { readonly podman?: boolean; readonly enabled?: readonly string[] } = {},
): TestMachine {
  const { podman = true, enabled = [], ...machine } = given;
  const root = tempDir();
  mkdirSync(join(root, UNITS), { recursive: true });
  if (podman)
    for (const name of ['podman.socket', 'podman-restart.service'])
      cpSync(join('/', UNITS, name), join(root, UNITS, name));
  const done: string[] = [];
  const active = new Set<string>();
  const databases: string[] = [];
  const systemctl = async (...args: readonly string[]): Promise<string> => {
    const [verb = '', name = ''] = args;
    if (!LOOKS.has(verb)) done.push(args.join(' '));
    if (verb === 'is-active' && !active.has(args.at(-1) ?? '')) throw new Error('inactive');
    if (verb === 'is-enabled' && !enabled.includes(args.at(-1) ?? '')) throw new Error('disabled');
    if (['start', 'restart'].includes(verb)) active.add(name);
    if (args.includes('--now')) active.delete(args.at(-1) ?? '');
    if (verb === 'show') return `${String(result.mainPid)}\n`;
    if (verb === 'cat' && !existsSync(join(root, UNITS, name))) throw new Error(`No files found for ${name}.`);
    if (!['--version', 'enable', 'disable'].includes(verb)) return '';
    const offline = args.filter((one) => one !== '--now');
    return (await promisify(execFile)('systemctl', ['--root', root, ...offline])).stdout;
  };
  const result: TestMachine = {
    ...{
      isRoot: true,
      etc: join(root, 'etc'),
      booted: root,
      notForData: /^$/,
      glibc: '2.36',
      program: ['/bin/sh'],
      systemctl,
      hiddenFromUnits: /^$/,
      assertFree: async () => undefined,
      makeBuildAccount: () => [],
      ensureAccount: (accountName: string) => ({ name: accountName, uid: own(), gid: own(), home: '/' }),
      makeDatabase: async (dir: string) => {
        databases.push(dir);
      },
    },
    ...machine,
    ...{ root, done, mainPid: 0, active, databases },
  };
  return result;
}
