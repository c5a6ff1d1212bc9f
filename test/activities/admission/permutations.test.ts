/**
 * Two pushes, their CI runs and a branch that is gone again: in whatever order the events come, every environment ends
 * with the same.
 */
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import type { Trigger } from '../../../contracts/admission/delivery.ts';
import type { Database } from '../../../store/open.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { releases } from '../../../store/schema.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { asActivity } from '../github/scene.ts';
import { CI } from './scene.ts';
import { FIRST, SECOND, ciOf, permutations, pushTo, sourceAt } from './shuffled.ts';

const FILE = `
version: 1
services: { web: {} }
environments:
  dev: { ci: ${CI}, target: { podman: { hosts: [one], publish: { web: 1 } } } }
  staging: { target: { podman: { hosts: [one], publish: { web: 2 } } } }
  preview: { branch: next, target: { podman: { hosts: [one], publish: { web: 3 } } } }
`;

type Told =
  | 'push of the first'
  | 'push of the second'
  | 'CI of the first'
  | 'CI of the second'
  | 'push of a branch that is gone';
const EVENTS: readonly Told[] = [
  'push of the first',
  'push of the second',
  'CI of the first',
  'CI of the second',
  'push of a branch that is gone',
];

let db: Database;
let repositories = 0;
beforeAll(async () => {
  ({ db } = await openTestStore());
});

/**
 * Sends the events about a repository of its own.
 *
 * @param early - the second commit is there from the beginning; otherwise from its first event
 * @returns for each environment the commits that were released to it, in the order in which they may win
 */
async function tell(order: readonly Told[], early: boolean): Promise<Readonly<Record<string, readonly string[]>>> {
  const repositoryId = String((repositories += 1));
  let head = early ? SECOND : FIRST;
  const source = { gitHub: sourceAt(FILE, () => head), git: createGitReader() };
  const activities = createDeliveryActivities({ catalogue: createCatalogue(db), source });
  const deliver = (event: Told) => {
    if (event.endsWith('the second')) head = SECOND;
    return asActivity(() => activities.admit(triggerOf(event, repositoryId)));
  };
  for (const event of order) await deliver(event);
  // GitHub redelivers what it likes, and that is no news.
  const [first] = order;
  if (first) await deliver(first);

  const rows = await db
    .select()
    .from(releases)
    .where(eq(releases.project, `r${repositoryId}`))
    .orderBy(releases.sequence);
  const brought = (environment: string) =>
    rows.filter(({ input }) => input.environments.some(({ name }) => name === environment)).map(({ commit }) => commit);
  return { dev: brought('dev'), staging: brought('staging'), preview: brought('preview') };
}

function triggerOf(event: Told, repositoryId: GitHubId): Trigger {
  const requestKey = `${repositoryId}/${event}`;
  if (event.startsWith('push')) return pushTo(event.includes('gone') ? 'next' : 'main', repositoryId, requestKey);
  return ciOf(event.endsWith('first') ? FIRST : SECOND, repositoryId, requestKey);
}

describe('events out of order', () => {
  test.each([
    ['all after the second push', true, EVENTS],
    ['the first ones perhaps before it', false, EVENTS.slice(0, 4)],
  ])(
    'in every order, %s: the newest commit wins in each environment, once, never backwards [B1][B4][E1][E9]',
    async (_when, early, events) => {
      for (const order of permutations(events)) {
        const { dev = [], staging = [], preview = [] } = await tell(order, early);
        const seen = [order.join(', '), dev, staging];
        expect([order.join(', '), dev.toSorted(), staging.toSorted()]).toEqual(seen);
        expect([order, dev.at(-1), staging.at(-1)]).toEqual([order, SECOND, SECOND]);
        expect(new Set(dev).size + new Set(staging).size).toBe(dev.length + staging.length);
        expect(preview).toEqual([]);
      }
    },
    240_000,
  );
});
