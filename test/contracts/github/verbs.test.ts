/** The verbs are listed once: help, the permission that each takes and the page about commands follow from them. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readCommand } from '../../../contracts/github/read-command.ts';
import { VERBS } from '../../../contracts/github/verbs/verbs.ts';
import { HELP } from '../../../workflows/orders/command-replies.ts';

const PAGE = new URL('../../../docs/commands.md', import.meta.url);
const USAGE = /`(\/[^`]+)`/g;

test('the page about commands lists each verb as help does, with the permission that it takes [A7]', () => {
  const rows = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `/'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const listed = rows.flatMap(([, commands = '', , takes = '']) =>
    [...commands.matchAll(USAGE)].map(([, usage = '']) => [usage, takes]),
  );
  expect(listed.toSorted()).toEqual(
    Object.values(VERBS)
      .map(({ usage, needs }) => [usage, needs])
      .toSorted(),
  );
});

test.each(Object.entries(VERBS))(
  '/%s is known under its name, and help shows how it is written [A7]',
  (verb, { usage }) => {
    expect(usage.split(' ', 1)).toEqual([`/${verb}`]);
    expect(HELP).toContain(usage);
    expect(readCommand(`/${verb} --no-such-option`)).not.toEqual({ kind: 'unknown' });
  },
);
