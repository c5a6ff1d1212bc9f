import { shortCommit } from '../../../contracts/core/names.ts';
import { z } from 'zod';
import type { Trial } from './app.ts';
import type { KnownRepository } from './repository.ts';
import type { Advice } from './steps.ts';

export interface KnownCommit {
  readonly commit: string;
  /** The first line of its message. */
  readonly subject: string;
  /** ISO 8601. */
  readonly at: string;
  readonly parents: readonly string[];
}

const Answer = z
  .object({
    sha: z.string(),
    commit: z.object({ message: z.string(), committer: z.object({ date: z.string().optional() }).nullable() }),
    parents: z.array(z.object({ sha: z.string() })),
  })
  .transform(({ sha, commit: { message, committer }, parents }): KnownCommit => ({
    commit: sha,
    subject: message.split('\n', 1)[0] ?? '',
    at: committer?.date ?? '',
    parents: parents.map((parent) => parent.sha),
  }));

/** @param ref - a branch, a tag or a commit */
export async function findTrialCommit(
  { gitHub, signal }: Trial,
  { origin }: KnownRepository,
  ref: string,
): Promise<KnownCommit> {
  const call = { origin, permissions: { contents: 'read' }, what: `Reading ${ref}`, answer: Answer, signal } as const;
  return gitHub.client.call(call, (github, repository) => github.rest.repos.getCommit({ ...repository, ref }));
}

/** Advice for a failure of {@link findTrialCommit}. */
export function commitAdvice({ origin }: KnownRepository): Advice {
  const other = `Name a branch, a tag or a commit that is in ${origin.repository}.`;
  return {
    GitHubConflict: `${origin.repository} has no commit yet: push one, then try again.`,
    GitHubInvalid: other,
    GitHubNotFound: other,
  };
}

/** Reads the commit that a ref means now; the default branch's newest when there is no ref. */
export async function readCommit(trial: Trial, known: KnownRepository, ref = known.defaultBranch): Promise<string> {
  return trial.steps.run(
    'commit',
    async () => {
      const { commit, subject } = await findTrialCommit(trial, known, ref);
      return { value: commit, detail: `${shortCommit(commit)} ${subject}` };
    },
    commitAdvice(known),
  );
}
