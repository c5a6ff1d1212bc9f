/**
 * The steps of a trial: each is reported when it begins and when it has ended, and the first that fails is the last.
 */
import type { FailureType } from '../../../contracts/core/failures.ts';
import type { TrialLine, TrialStep, TrialStepName } from '../../../contracts/github/app-preflight.ts';
import { explanationOf, type Explanation } from '../errors.ts';

/** Something that a trial found wrong by itself: what it is, and what to do. */
export class TrialRefused extends Error {
  readonly detail: string;
  readonly todo: string;

  /** @param detail - without a full stop */
  constructor(detail: string, todo: string, options?: ErrorOptions) {
    super(`${detail}. ${todo}`, options);
    this.detail = detail;
    this.todo = todo;
  }
}

/** Advice about a failure in this one step, more precise than the general one. */
export type Advice = Partial<Record<FailureType, string | ((came: string) => string)>>;

interface Outcome<T> {
  readonly value: T;
  readonly detail: string;
  readonly todo?: string;
  readonly lacking?: TrialStep['lacking'];
}

export interface TrialSteps {
  /**
   * Runs one step and reports its result.
   * @throws the error of `work`, after the report
   */
  run<T>(step: TrialStepName, work: () => Promise<Outcome<T>>, advice?: Advice): Promise<T>;
}

interface StepsOptions {
  readonly apiUrl: string;
  readonly report: (line: TrialLine) => void;
  /** Once it is aborted, a step that fails was interrupted. */
  readonly signal: AbortSignal;
}

export function createSteps({ apiUrl, report, signal }: StepsOptions): TrialSteps {
  return {
    async run(step, work, advice = {}) {
      report({ step, state: 'running' });
      try {
        const { value, ...told } = await work();
        report({ step, state: 'done', ...told });
        return value;
      } catch (error) {
        const interrupted = signal.aborted && !(error instanceof TrialRefused);
        report({ step, state: 'failed', ...(interrupted ? INTERRUPTED : inWords(error, advice, apiUrl)) });
        throw error;
      }
    },
  };
}

const INTERRUPTED = { detail: 'it was interrupted', todo: 'Start it again.' };

function inWords(error: unknown, advice: Advice, apiUrl: string): { detail: string; todo: string } {
  if (error instanceof TrialRefused) return { detail: error.detail, todo: error.todo };
  const explained = explanationOf(error);
  if (!explained) {
    const detail = error instanceof Error ? error.message : String(error);
    return { detail, todo: 'This is a fault in Landfall itself: please report it.' };
  }
  const { type, came } = explained;
  const special = advice[type];
  const todo = typeof special === 'function' ? special(came) : special;
  return { detail: came, todo: todo ?? inGeneral(explained, apiUrl) };
}

/** Unlike a deployment, a trial repeats nothing by itself. */
function inGeneral({ type, todo, retryAfterMs = 0 }: Explanation, apiUrl: string): string {
  if (type === 'GitHubRateLimited') {
    return `GitHub asks to wait: try again in ${String(Math.max(1, Math.ceil(retryAfterMs / 60_000)))} min.`;
  }
  if (type === 'GitHubUnavailable') {
    return `Check that this machine reaches ${apiUrl} (GITHUB_API_URL) and that GitHub is well (https://www.githubstatus.com), then try again.`;
  }
  return todo;
}
