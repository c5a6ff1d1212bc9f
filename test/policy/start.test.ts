/** docs/start.md is run on bare systems by a lane of its own (`npm run bare`); the suite sees that the lane still fits the page. */
import { expect, test } from '@jest/globals';
import { blocksOf, NODE_VERSION, runnable } from '../bare/page.ts';

test('the lane for bare systems finds the commands of docs/start.md in order, and all that it replaces in them [H1]', () => {
  const blocks = runnable(blocksOf());

  expect(blocks.map(({ heading }) => heading.replace(/^\d+[.] /, ''))).toEqual([
    'Install it',
    'Register the GitHub App',
    'Start it',
    'Deploy the repository',
  ]);
  expect(blocks.map(({ commands }) => commands).join('')).not.toMatch(/nodejs[.]org|--system/);
  expect(NODE_VERSION).toMatch(/^v\d+[.]\d+[.]\d+$/);
});
