import { z } from 'zod';
import { failureOf } from '../../contracts/core/failures.ts';
import type { Distance } from '../../contracts/github/commit-distance.ts';
import type { GitHubClient } from './client.ts';
import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { DistanceQuestion } from './conversation.port.ts';

const PERMISSIONS = { contents: 'read' } as const;

const Comparison = z
  .object({ ahead_by: z.int().nonnegative(), behind_by: z.int().nonnegative() })
  .transform(({ ahead_by: behind, behind_by: ahead }): Distance => ({ behind, ahead }));

export function createDistances(client: GitHubClient) {
  async function compare(
    { conversation }: DistanceQuestion,
    basehead: string,
    signal: AbortSignal,
  ): Promise<Distance | null> {
    const origin = gitHubOrigin(conversation);
    const call = { origin, permissions: PERMISSIONS, what: `Comparing ${basehead}`, answer: Comparison, signal };
    try {
      return await client.call(call, (github, repository) =>
        github.rest.repos.compareCommitsWithBasehead({ ...repository, basehead, per_page: 1 }),
      );
    } catch (error) {
      if (failureOf(error)?.type === 'GitHubNotFound') return null;
      throw error;
    }
  }

  return {
    /** See `ConversationActivities.distances`. Services of one repository often stand at the same commits. */
    async of(question: DistanceQuestion, signal: AbortSignal): Promise<readonly (Distance | null)[]> {
      const known = new Map<string, Distance | null>();
      for (const { from, to } of question.between) {
        const basehead = `${from}...${to}`;
        if (!known.has(basehead)) known.set(basehead, await compare(question, basehead, signal));
      }
      return question.between.map(({ from, to }) => known.get(`${from}...${to}`) ?? null);
    },
  };
}
