/** Deliveries come in any order, several at once, while the branch moves: the newest head must win all the same. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import type { GitHubSource, Source } from '../../../activities/admission/source.port.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import type { Trigger } from '../../../contracts/admission/delivery.ts';
import type { Database } from '../../../store/open.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { releases } from '../../../store/schema.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { asActivity } from '../github/scene.ts';
import { fromOne } from '../../support/clock.ts';

const FILE = `
version: 1
services: { web: {} }
environments: { production: { target: { podman: { hosts: [one], publish: { web: 20080 } } } } }
`;
const MOVES = 6;
const sha = (number: number) => number.toString(16).padStart(40, '0');

/** A repository whose head is what the test says; another read may come in between any two. */
function movingSource(head: () => number): Source {
  const gitHub: GitHubSource = {
    branchHead: async () => ({ commit: sha(head()), message: 'a change' }),
    tagCommit: async () => undefined,
    movedBy: async () => undefined,
    authors: async () => [],
    commit: async (_origin, commit) => ({ commit, message: 'a change' }),
    file: async () => FILE,
    compare: async () => 'ahead',
    changedPaths: async () => undefined,
    repository: async ({ repositoryId: id, repository }) => ({
      id,
      fullName: repository,
      defaultBranch: 'main',
      cloneUrl: `https://git.example/${id}`,
      private: false,
    }),
  };
  return { gitHub, git: createGitReader() };
}

describe('heads', () => {
  let db: Database;
  let repositories = 0;
  beforeAll(async () => {
    ({ db } = await openTestStore());
  });

  test('however deliveries are shuffled and repeated, a newer head has the higher number, and the newest is released [B1][B4]', async () => {
    const reads = fc.array(fc.nat(1), { minLength: 40, maxLength: 40 });
    const groups = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: MOVES, maxLength: MOVES });
    await fc.assert(
      fc.asyncProperty(reads, groups, async (moves, sizes) => {
        const repositoryId = String((repositories += 1));
        const repository = `acme/r${repositoryId}`;
        let head = 1;
        let told = 0;
        // A head moves when it is read, after the answer was given: the answer is old at once.
        const { admit } = createActivities(() => {
          const now = head;
          if (moves.shift() === 1 && head < MOVES) head += 1;
          return now;
        });
        const deliver = (requestKey: string) =>
          admit({
            kind: 'push',
            requestKey,
            repositoryId,
            repository,
            installationId: '7',
            branch: 'main',
            actor: { kind: 'github', name: 'o' },
          });
        // Every move is delivered at some time, and some twice.
        while (told < head || sizes.length > 0) {
          const size = sizes.shift() ?? 1;
          const keys = Array.from({ length: size }, (_, index) => `${repository}/${told + (index % 3)}`);
          told += size;
          await Promise.all(keys.map(deliver));
        }
        moves.length = 0;
        await deliver(`${repository}/last`);

        const rows = await db
          .select({ commit: releases.commit, sequence: releases.sequence })
          .from(releases)
          .where(eq(releases.project, `r${repositoryId}`))
          .orderBy(releases.sequence);
        const commits = rows.map(({ commit }) => Number.parseInt(commit, 16));
        expect(commits).toEqual(commits.toSorted((a, b) => a - b));
        expect(commits.at(-1)).toBe(head);
        expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, index) => index + 1));
      }),
      { numRuns: 8 },
    );
  });

  function createActivities(head: () => number) {
    const activities = createDeliveryActivities({
      catalogue: createCatalogue(db, fromOne),
      source: movingSource(head),
    });
    const admit = (trigger: Trigger) => asActivity(() => activities.admit(trigger));
    return { admit: (trigger: Trigger) => retried(() => admit(trigger)) };
  }
});

/** Retries like Temporal: a head that moved too often while it was read is read again. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 5 || (error as { type?: string }).type !== 'StoreUnavailable') throw error;
    }
  }
}
