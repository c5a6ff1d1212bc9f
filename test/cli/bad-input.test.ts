/** Every command with arguments that no person should give it, taken from the program's own description. */
import { PassThrough } from 'node:stream';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createContext } from '../../cli/context.ts';
import { createProgram } from '../../cli/program.ts';
import { onCleanup } from '../support/cleanup.ts';
import { landfall } from './support/run.ts';
import { startServer, type TestServer } from './support/server.ts';

const HOSTILE = [
  '--upload-pack=x',
  ';$(reboot)',
  '`id`',
  'a\nb',
  '../../etc/passwd',
  '..%2f..%2fetc',
  '<script>alert(1)</script>',
  "'; drop table releases; --",
  '\u202e',
  '💥',
  'a'.repeat(5_000),
  '-1',
  '[object Object]',
  ' ',
  '',
];
/** These run processes or write to this machine; what they take has tests beside them. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'up',
  'down',
  'install',
  'uninstall',
  'worker',
  'demo',
  'doctor',
  'login',
  'github',
  'validate',
]);
/** Valid values for the other arguments. */
const SAMPLES: Readonly<Record<string, string>> = {
  ...{ 'project/service': 'shop/web', 'project/service | id': 'shop/web', environment: 'production' },
  ...{ id: 'shop.web.production.42', step: 'release', name: 'A_NAME', 'name=value': 'A_NAME=value' },
};
/** For these commands the id names a release. */
const RELEASE: ReadonlySet<string> = new Set(['retry']);

interface Tried {
  readonly name: string;
  readonly path: readonly string[];
  readonly command: Command;
}

function leaves(command: Command, path: readonly string[]): Tried[] {
  if (command.commands.length > 0) return command.commands.flatMap((one) => leaves(one, [...path, one.name()]));
  return [{ name: path.join(' '), path, command }];
}

const stream = () => Object.assign(new PassThrough(), { isTTY: false });
const { signal } = new AbortController();
const context = createContext({
  stdin: stream(),
  stdout: stream(),
  stderr: stream(),
  env: {},
  cwd: '/',
  home: '/',
  signal,
});
const commands = createProgram(context)
  .commands.filter((command) => !ELSEWHERE.has(command.name()))
  .flatMap((command) => leaves(command, [command.name()]));

let server: TestServer;
beforeAll(async () => {
  server = await startServer(() => undefined);
  onCleanup(() => server.stop());
});

const sampleOf = ({ name }: Tried, argument: string): string =>
  argument === 'id' && RELEASE.has(name) ? 'shop.web.42' : (SAMPLES[argument] ?? `no sample of ${argument}`);
const argumentsOf = (tried: Tried): string[] =>
  tried.command.registeredArguments.map((one) => sampleOf(tried, one.name()));
/** Those without which it does not begin. */
const requiredOf = ({ command }: Tried, except: string): string[] =>
  command.options
    .filter(({ mandatory, long }) => mandatory && long !== except)
    .flatMap(({ long }) => [long ?? '', 'production']);

/** Refused with a message, and not as a fault of ours. @returns the requests to the server */
async function refused(argv: readonly string[]): Promise<readonly string[]> {
  const before = server.asked.length;
  const { code, stdout, stderr } = await landfall(argv, { env: server.env, stdin: 'a value\n' });
  const about = argv.map((one) => one.slice(0, 40));
  expect({ about, code, stdout }).toEqual({ about, code: 1, stdout: '' });
  expect([about, stderr]).toEqual([about, expect.stringMatching(/^error: \S+ \S+/)]);
  return server.asked.slice(before);
}

describe('landfall', () => {
  test('describes its commands, so that this file reaches them', () => {
    expect(commands.length).toBeGreaterThan(18);
  });

  test.each(commands.filter(({ command }) => command.registeredArguments.length > 0))(
    '$name refuses hostile arguments before it asks anybody [F6]',
    async (tried) => {
      for (const at of tried.command.registeredArguments.keys()) {
        for (const text of HOSTILE) {
          const given = argumentsOf(tried).with(at, text);
          expect(await refused([...tried.path, ...requiredOf(tried, ''), ...given])).toEqual([]);
        }
      }
    },
  );

  test.each(commands.filter(({ command }) => command.options.some(({ required }) => required)))(
    '$name breaks on no hostile option, and asks at no address made of one [F6]',
    async (tried) => {
      for (const { long } of tried.command.options.filter(({ required }) => required)) {
        for (const text of HOSTILE) {
          const option = long ?? '';
          const asked = await refused([
            ...tried.path,
            ...requiredOf(tried, option),
            option,
            text,
            ...argumentsOf(tried),
          ]);
          for (const address of asked) expect(address).toMatch(/^(?:GET|POST|PUT|DELETE) \/api(?:\/[a-z0-9.-]+)+$/);
        }
      }
    },
  );
});
