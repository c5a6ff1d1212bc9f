import type { GitHubId } from '../../contracts/core/github-id.ts';
import { proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities, ShowCheck } from '../../activities/github/github.port.ts';
import { telling } from '../lib/activity-options.ts';
import { LatestWins } from './latest-wins.ts';

const { showCheck } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });

type CheckAbout = Pick<ShowCheck, 'origin' | 'externalId' | 'commit' | 'name' | 'logPath' | 'mayExist'>;
type CheckShown = Pick<ShowCheck, 'title' | 'rows' | 'message' | 'conclusion' | 'buttons'>;

/** A check run that comes into being when there is something to say, and is edited in place from then on. */
export class ShownCheck {
  readonly #about: CheckAbout;
  readonly #gitHub: LatestWins<CheckShown>;
  #id: GitHubId | undefined;

  constructor(about: CheckAbout) {
    this.#about = about;
    this.#gitHub = new LatestWins<CheckShown>({
      failed: `GitHub did not take the check run ${about.externalId}`,
      send: async (shown) => {
        this.#id = await showCheck(this.#request(shown));
        return shown;
      },
    });
  }

  /** Returns at once. */
  show(shown: CheckShown): void {
    this.#gitHub.say(shown);
  }

  /** Waits until GitHub knows, at most `limitMs`, then gives up. @returns the report that is not through */
  async settle(limitMs: number): Promise<ShowCheck | undefined> {
    const unsaid = await this.#gitHub.settle(limitMs);
    return unsaid && { ...this.#request(unsaid), mayExist: true };
  }

  #request(shown: CheckShown): ShowCheck {
    return { ...this.#about, ...(this.#id !== undefined && { checkRunId: this.#id }), ...shown };
  }
}
