import { expect, test } from '@jest/globals';
import { asksToSkip } from '../../../activities/admission/skip-marker.ts';

const squash = (...messages: readonly string[]) => messages.map((message) => `* ${message}`).join('\n\n');

test.each([
  'Docs [skip deploy]',
  '[deploy skip] docs',
  'docs: [Skip Deploy] spelling (#12)',
  'Tidy\n\n[skip deploy]',
  'Tidy\r\n\r\nSome words.\r\n[skip deploy]\r\nSigned-off-by: Ann <ann@example.com>',
  'Tidy\n\n- one\n- two\n\n[skip deploy]',
  'Tidy\n\n* one\n* two\n\n[skip deploy]',
  'Revert "Add the shop" [skip deploy]',
  'Revert "Say \\"hello\\" [skip deploy]" [skip deploy]',
  `Merge the shop (#7)\n\n${squash('Add a', 'Add b')}\n\n---------\n\n[skip deploy]`,
])('%j asks not to be deployed [B4]', (message) => {
  expect(asksToSkip(message)).toBe(true);
});

test.each([
  'Add the shop',
  'Read [skip ci]',
  'Revert "Docs [skip deploy]"\n\nThis reverts commit 0a1b2c3.',
  'Revert "Revert "Docs [skip deploy]""',
  'Reapply "Docs [skip deploy]"',
  'revert: "docs: spelling [skip deploy]" (#8)',
  // GitHub cuts long subjects.
  'Revert "Docs of the shop and of everything that is beside it [skip deploy] and…\n\n…more"',
  `Merge the shop (#7)\n\n${squash('Docs [skip deploy]', 'Add b')}`,
  `Merge the shop (#7)\n\n${squash('Docs\n\n[skip deploy]', 'Add b')}`,
  `Merge the shop (#7)\n\n${squash('Add a', 'Docs\n\n[skip deploy]')}`,
  `Merge the shop (#7)\n\n${squash('Add a', 'Docs\n\n[skip deploy]')}\n\n---------\n\nCo-authored-by: Ben <ben@example.com>`,
  'Merge pull request #7 from acme/docs\n\nDocs [skip deploy]',
  'Tidy\n\n- [skip deploy]',
  'Tidy\n\n* [skip deploy]',
  'Tidy\n\n1. [skip deploy]',
  'Tidy\n\n- one\n  [skip deploy]',
  'Tidy\n\n> [skip deploy]',
  'Tidy\n\n    [skip deploy]',
  'Tidy\n\n```\n[skip deploy]\n```',
  'Tidy\n\nIt no longer reads [skip deploy] in bodies.',
  'Tidy\n\n"[skip deploy]"',
  '',
])('%j does not: what it repeats of others asks for nothing [B4]', (message) => {
  expect(asksToSkip(message)).toBe(false);
});
