/** What people read of an environment that may not run what is live, or does not know what that is. */
import { expect, test } from '@jest/globals';
import { gates as inWords } from '../../../api/commands/status-tables.ts';
import { nowView } from '../../../api/operations/environment-status.ts';
import { gates as onPage } from '../../../api/pages/blocks.ts';
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
