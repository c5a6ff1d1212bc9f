import { expect, test } from '@jest/globals';
import { plainText, plainLines } from '../../../cli/show/plain.ts';
import { textTable } from '../../../cli/show/table.ts';
import { timeAgo } from '../../../cli/show/time.ts';

test.each([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007', 'click'],
  ['one\r\ntwo\u0000\u009b2J', 'onetwo'],
  ['right\u202eto left', 'rightto left'],
  ['tab\tstays apart', 'tab stays apart'],
  ['日本語 ✓', '日本語 ✓'],
])('%j is printed as %j: nothing in it drives the terminal [F6]', (text, shown) => {
  expect(plainText(text)).toBe(shown);
});

test('text of several lines keeps them, below each other [F6]', () => {
  expect(plainLines('one\r\n\u001b[2Jtwo\nthree\n', '  ')).toBe('one\n  two\n  three');
});

test('columns line up although some cells hold colours, and lines have no trailing space [F6]', () => {
  expect(
    textTable(
      [
        ['a', '\u001b[1mlong\u001b[22m', 'x'],
        ['bbb', 'c', ''],
      ],
      '  ',
    ),
  ).toBe('  a    \u001b[1mlong\u001b[22m  x\n  bbb  c');
});

test.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [7_200_000, '2 h'],
  [200_000_000, '2 d'],
])('%d ms are told as %s [F6]', (ms, text) => {
  expect(timeAgo(new Date(1_000_000_000_000 - ms).toISOString(), 1_000_000_000_000)).toBe(`${text} ago`);
});
