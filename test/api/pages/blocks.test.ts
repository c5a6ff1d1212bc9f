/** The page of an environment that may not run its live version, or does not know it. */
import { expect, test } from '@jest/globals';
import { describeBlocks as inWords } from '../../../api/commands/status-tables.ts';
import { nowView } from '../../../api/operations/environment-status.ts';
import { blockList as onPage, troubles } from '../../../api/pages/blocks.ts';
import type { EnvironmentView } from '../../../contracts/http/api.ts';
import type { EnvironmentState } from '../../../contracts/deployment/deployment.ts';
import { EnvironmentNow } from '../../../contracts/http/people.ts';

const STATE: EnvironmentState = { generation: 1, live: null, previous: null, running: null, waiting: [] };

test('places in disrepair, and what is not known yet, are said at every door, and nothing where all is well [D6][E9]', () => {
  const state = {
    ...STATE,
    recalling: 'The store has not answered.',
    split: [{ place: 'host-b', why: 'the registry is <gone>' }],
  };
  const now = EnvironmentNow.parse(nowView(state));
  expect(now).toMatchObject({ recalling: state.recalling, split: state.split });
  const page = onPage(now).map(String).join('\n');
  expect(page).toContain('The store has not answered.');
  expect(page).toContain('host-b may not run what is live');
  expect(page).toContain('the registry is &lt;gone&gt;');
  expect(inWords(state)).toContain('may not run what is live');
  expect(inWords(state)).toContain('The store has not answered.');

  expect(nowView(STATE)).not.toHaveProperty('split');
  expect(onPage(EnvironmentNow.parse(nowView(STATE)))).toEqual([]);
});

test('a version that crashes in a loop is said where it does and how, as text, and nothing of one that is well [E8][D6]', () => {
  const changes = { from: null, to: 'c', rollback: false, compareUrl: null };
  const version = { deploymentId: 'shop.web.production.1', commit: 'c', digest: 'd', builder: null };
  const live: EnvironmentView['live'] = { ...version, since: '2026-01-02T03:04:05.000Z', changes };
  const crashing = [{ place: 'alpha', since: '2026-01-02T03:04:05.000Z', why: 'alpha: <b>3 times' }];

  const page = troubles({ ...live, crashing })
    .map(String)
    .join('');
  expect(page).toContain('since 2026-01-02 03:04 UTC');
  expect(page).toContain('alpha: &lt;b&gt;3 times');
  expect(troubles(live)).toEqual([]);
  expect(troubles(null)).toEqual([]);
});
