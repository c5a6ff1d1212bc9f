import type { GitHubId } from '../../contracts/core/github-id.ts';
import { log, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities, ShowCheck } from '../../activities/github/github.port.ts';
import { telling } from '../lib/activity-options.ts';
import { Background } from './background.ts';

const { showCheck } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });

type CheckAbout = Pick<ShowCheck, 'origin' | 'externalId' | 'commit' | 'name' | 'logPath' | 'mayExist'>;
type CheckShown = Pick<ShowCheck, 'title' | 'rows' | 'message' | 'conclusion' | 'buttons'>;

/**
 * A check run that comes into being when there is something to say, and is edited in place from then on, in order, by
 * this one writer. What is overtaken before it was sent is left out.
 */
export class ShownCheck {
  readonly #about: CheckAbout;
  readonly #beside = new Background();
  #id: GitHubId | undefined;
  #wanted: CheckShown | undefined;
  #sent: CheckShown | undefined;

  constructor(about: CheckAbout) {
    this.#about = about;
  }

  /** Returns at once. */
  show(shown: CheckShown): void {
    this.#wanted = shown;
    this.#beside.start(() => this.#work());
  }

  /** Waits until GitHub knows, at most `limitMs`, then gives up. @returns the report that is not through */
  async settle(limitMs: number): Promise<ShowCheck | undefined> {
    if (await this.#beside.settle(limitMs)) return undefined;
    return this.#wanted && { ...this.#request(this.#wanted), mayExist: true };
  }

  #request(shown: CheckShown): ShowCheck {
    return { ...this.#about, ...(this.#id !== undefined && { checkRunId: this.#id }), ...shown };
  }

  async #work(): Promise<void> {
    for (let next = this.#wanted; next && next !== this.#sent; next = this.#wanted) {
      try {
        this.#id = await showCheck(this.#request(next));
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.error('GitHub did not take a check run', { error, check: this.#about.externalId });
      }
      this.#sent = next;
    }
  }
}
