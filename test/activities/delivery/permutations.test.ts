/** Every order of a small set of events about two commits leads to the same end. */
import { describe, expect, test } from '@jest/globals';
import { asc, eq } from 'drizzle-orm';
import { createDeliveryActivities } from '../../../activities/delivery/delivery.activities.ts';
import type { GitHubSource } from '../../../activities/delivery/source.port.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import type { Trigger } from '../../../contracts/delivery.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { releases } from '../../../store/schema.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { asActivity } from '../github/scene.ts';

const CI = '.github/workflows/ci.yml';
const FILE = `
version: 1
services: { web: {} }
environments:
  dev: { ci: ${CI}, target: { podman: { hosts: [one], publish: { web: 20080 } } } }
  production: { target: { podman: { hosts: [one], publish: { web: 30080 } } } }
`;

type EventKind = 'push' | 'ci' | 'failed ci';
interface Told {
  readonly kind: EventKind;
  readonly commit: 1 | 2;
  /** Deliveries with the same one are the same event, delivered again. */
  readonly key: string;
}

const EVENTS: readonly Told[] = [
  { kind: 'push', commit: 1, key: 'a' },
  { kind: 'push', commit: 2, key: 'b' },
  { kind: 'push', commit: 2, key: 'b' },
  { kind: 'ci', commit: 1, key: 'c' },
  { kind: 'ci', commit: 2, key: 'd' },
];

const sha = (number: number) => number.toString(16).padStart(40, '0');
const { db } = await openTestStore('PGlite');
let repositories = 0;

/** @returns the commits that were released to each environment, in the order of their numbers */
async function deliver(events: readonly Told[], headAt: (index: number) => number) {
  const repositoryId = (repositories += 1);
  const repository = `acme/r${repositoryId}`;
  let head = 1;
  const gitHub: GitHubSource = {
    branchHead: async () => ({ commit: sha(head), message: 'a change' }),
    commit: async (_origin, commit) => ({ commit, message: 'a change' }),
    file: async () => FILE,
    // Commit 1 is the parent of commit 2.
    compare: async (_origin, base, other) => (base === other ? 'identical' : base < other ? 'ahead' : 'behind'),
    repository: async ({ repositoryId: id, repository: fullName }) => ({ id, fullName, defaultBranch: 'main', cloneUrl: `https://git.example/${id}`, private: false }), // prettier-ignore
  };
  const activities = createDeliveryActivities({
    catalogue: createCatalogue(db),
    source: { gitHub, git: createGitReader() },
  });
  for (const [index, event] of events.entries()) {
    head = headAt(index);
    await asActivity(() => activities.admit(triggerOf(event, repositoryId, repository)));
  }
  const rows = await db.select({ input: releases.input }).from(releases).where(eq(releases.project, `r${repositoryId}`)).orderBy(asc(releases.sequence)); // prettier-ignore
  const to = (environment: string) =>
    rows
      .filter(({ input }) => input.environments.some(({ name }) => name === environment))
      .map(({ input }) => Number.parseInt(input.commit, 16));
  return { dev: to('dev'), production: to('production') };
}

function triggerOf({ kind, commit, key }: Told, repositoryId: number, repository: string): Trigger {
  const about = { requestKey: `${repository}/${key}`, repositoryId, repository, installationId: 7, branch: 'main', actor: { kind: 'github', name: 'o' } } as const; // prettier-ignore
  if (kind === 'push') return { kind, ...about };
  const conclusion = kind === 'ci' ? 'success' : 'failure';
  return { kind: 'ci', ...about, headRepositoryId: repositoryId, event: 'push', workflow: CI, commit: sha(commit), conclusion }; // prettier-ignore
}

/** Each order once; the same delivery twice makes no difference to an order. */
function permutations(events: readonly Told[]): readonly (readonly Told[])[] {
  if (events.length === 0) return [[]];
  const begins = events.filter((event, index) => events.findIndex(({ key }) => key === event.key) === index);
  return begins.flatMap((first) =>
    permutations(events.toSpliced(events.indexOf(first), 1)).map((rest) => [first, ...rest]),
  );
}

/** Where the branch is when an event is taken up: it is never behind what the event tells of. */
const HEADS = {
  'after the branch has moved': () => () => 2,
  'while the branch moves': (events: readonly Told[]) => (index: number) =>
    Math.max(...events.slice(0, index + 1).map(({ commit }) => commit)),
} as const;

describe.each(Object.entries(HEADS))('events that arrive %s', (_when, headsOf) => {
  test('end with the newer commit in each environment, released once and never before the older one [B1][E1][E9][F1]', async () => {
    for (const events of permutations(EVENTS)) {
      const order = events.map(({ kind, commit }) => `${kind} ${commit}`).join(', ');
      const { dev, production } = await deliver(events, headsOf(events));
      for (const commits of [dev, production]) {
        expect([order, commits.at(-1), commits.filter((commit) => commit === 2).length]).toEqual([order, 2, 1]);
        expect([order, commits]).toEqual([order, commits.toSorted()]);
      }
    }
  });

  test('and a failed run in between changes nothing [E1]', async () => {
    const failed: Told = { kind: 'failed ci', commit: 2, key: 'e' };
    const around = [failed, ...EVENTS.slice(3)];
    for (const events of permutations(around)) {
      const { dev, production } = await deliver(events, headsOf(events));
      expect({ newest: dev.at(-1), production }).toEqual({ newest: 2, production: [] });
    }
  });
});
