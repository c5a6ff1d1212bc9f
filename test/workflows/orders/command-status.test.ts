/** `/status`: beside what is live, how far it is behind what comes to it next. */
import { expect, test } from '@jest/globals';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { LANDFALL_YAML, only, startCommandStage } from './command-stage.ts';

const stage = await startCommandStage();
const { github } = stage;
const issue = stage.openIssue();

/** The reply, and the number of comparisons at GitHub for it. */
async function status(words = '/status') {
  const before = github.calls().length;
  const { replies, reaction } = await stage.say(issue, 'rob', words);
  const calls = github.calls().slice(before);
  const compared = calls.filter(({ operation }) => operation === 'repos/compare-commits-with-basehead').length;
  const [, ...lines] = only(replies).split(/\n\n|\n(?=- )/);
  return { compared, reaction, lines, table: only(replies).includes('| Environment | Live |') };
}

test('/status says how far each environment is behind the one before it, the first one behind its branch [A9][A6]', async () => {
  const unguarded = LANDFALL_YAML.replace('approval: { from: { users: [lea] } }, ', '');
  await stage.push({ 'landfall.yaml': unguarded });
  expect(await status()).toEqual({ compared: 0, reaction: '+1', lines: [], table: true });

  await stage.say(issue, 'ann', '/deploy staging');
  expect((await status()).lines).toEqual(['- `shop.web.staging`: the same commit as branch `main`']);

  await stage.say(issue, 'ann', '/promote production');
  await stage.push({ 'a.txt': '1' });
  await stage.push({ 'a.txt': '2' });
  expect(await status()).toEqual({
    compared: 1,
    reaction: '+1',
    lines: [
      '- `shop.web.staging`: 2 commits behind branch `main`',
      '- `shop.web.production`: the same commit as `staging`',
    ],
    table: true,
  });

  await stage.say(issue, 'ann', '/deploy staging');
  expect(await status('/status production')).toMatchObject({
    compared: 1,
    lines: ['- `shop.web.production`: 2 commits behind `staging`'],
  });

  await stage.say(issue, 'ann', '/deploy production');
  await stage.say(issue, 'ann', '/rollback staging');
  expect((await status()).lines).toEqual([
    '- `shop.web.staging`: 2 commits behind branch `main`',
    '- `shop.web.production`: 2 commits ahead of `staging`',
  ]);

  await stage.work.git('reset', '--quiet', '--hard', 'HEAD~2');
  await stage.push({ 'b.txt': '1' });
  expect((await status()).lines[0]).toBe('- `shop.web.staging`: 1 commit behind branch `main`');
  await stage.say(issue, 'ann', '/deploy staging');
  expect((await status()).lines[1]).toBe('- `shop.web.production`: 1 commit behind and 2 ahead of `staging`');
}, 300_000);

test('/status does without it while GitHub does not compare [A4][F1]', async () => {
  github.fault({ operation: 'repos/compare-commits-with-basehead', answer: serverError(), times: 1_000 });
  const { compared, ...told } = await status();
  expect(compared).toBeGreaterThan(0);
  expect(told).toEqual({ reaction: '+1', lines: [], table: true });
}, 300_000);
