/** Two pushes, their CI runs and a branch that is gone again: told in whatever order, the same ends up everywhere. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createDeliveryActivities } from '../../../activities/delivery/delivery.activities.ts';
import type { GitHubSource } from '../../../activities/delivery/source.port.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import type { Trigger } from '../../../contracts/delivery.ts';
import type { Database } from '../../../store/open.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { releases } from '../../../store/schema.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { asActivity } from '../github/scene.ts';
import { CI } from './scene.ts';

const FILE = `
version: 1
services: { web: {} }
environments:
  dev: { ci: ${CI}, target: { podman: { hosts: [one], publish: { web: 1 } } } }
  staging: { target: { podman: { hosts: [one], publish: { web: 2 } } } }
  preview: { branch: next, target: { podman: { hosts: [one], publish: { web: 3 } } } }
`;
const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(40);

type Told = 'push of the first' | 'push of the second' | 'CI of the first' | 'CI of the second' | 'push of a branch that is gone'; // prettier-ignore
const EVENTS: readonly Told[] = ['push of the first', 'push of the second', 'CI of the first', 'CI of the second', 'push of a branch that is gone']; // prettier-ignore

function permutations<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((one, index) => permutations(all.toSpliced(index, 1)).map((rest) => [one, ...rest]));
}

let db: Database;
let repositories = 0;
beforeAll(async () => {
  ({ db } = await openTestStore('PGlite'));
});

/** `main` is where `head` says; `next` was deleted; the first commit is the second one's parent. */
function sourceAt(head: () => string): GitHubSource {
  return {
    branchHead: async (_origin, branch) => (branch === 'main' ? { commit: head(), message: 'a change' } : undefined),
    tagCommit: async () => undefined,
    commit: async (_origin, commit) => ({ commit, message: 'a change' }),
    file: async () => FILE,
    compare: async (_origin, base, of) => (base === of ? 'identical' : base < of ? 'ahead' : 'behind'),
    changedPaths: async () => undefined,
    repository: async ({ repositoryId: id, repository }) => ({ id, fullName: repository, defaultBranch: 'main', cloneUrl: `https://git.example/${id}`, private: false }), // prettier-ignore
  };
}

/**
 * Tells a repository of its own.
 *
 * @param early - whether the second commit is there from the beginning; otherwise from when it is told of
 * @returns for each environment the commits that were released to it, in the order in which they may win
 */
async function tell(order: readonly Told[], early: boolean): Promise<Readonly<Record<string, readonly string[]>>> {
  const repositoryId = (repositories += 1);
  let head = early ? SECOND : FIRST;
  const source = { gitHub: sourceAt(() => head), git: createGitReader() };
  const activities = createDeliveryActivities({ catalogue: createCatalogue(db), source });
  const deliver = (event: Told) => {
    if (event.endsWith('the second')) head = SECOND;
    return asActivity(() => activities.admit(triggerOf(event, repositoryId)));
  };
  for (const event of order) await deliver(event);
  // GitHub redelivers what it likes, and that is no news.
  const [first] = order;
  if (first) await deliver(first);

  const rows = await db.select().from(releases).where(eq(releases.project, `r${repositoryId}`)).orderBy(releases.sequence); // prettier-ignore
  const brought = (environment: string) =>
    rows.filter(({ input }) => input.environments.some(({ name }) => name === environment)).map(({ commit }) => commit);
  return { dev: brought('dev'), staging: brought('staging'), preview: brought('preview') };
}

function triggerOf(event: Told, repositoryId: number): Trigger {
  const common = {
    ...{ requestKey: `${repositoryId}/${event}`, repositoryId, repository: `acme/r${repositoryId}`, installationId: 7 },
    actor: { kind: 'github', name: 'octocat' },
  } as const;
  if (event.startsWith('push')) {
    return { ...common, kind: 'push', branch: event.includes('gone') ? 'next' : 'main' };
  }
  const commit = event.endsWith('first') ? FIRST : SECOND;
  return { ...common, kind: 'ci', headRepositoryId: repositoryId, event: 'push', workflow: CI, branch: 'main', commit, conclusion: 'success' }; // prettier-ignore
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
