import type { GitHubId } from '../../contracts/core/github-id.ts';
import { proxyActivities } from '@temporalio/workflow';
import { buildCheckName } from '../../contracts/github/check-run.ts';
import type { GitHubActivities, OpenBuildCheck, UpdateBuildCheck } from '../../activities/github/github.port.ts';
import { shownAs } from '../../contracts/core/keys.ts';
import type { BuildInput } from '../../contracts/deployment/build.ts';
import { telling } from '../lib/activity-options.ts';
import { LatestWins } from './latest-wins.ts';

const { openBuildCheck, updateBuildCheck } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });

type Shown = Pick<UpdateBuildCheck, 'title' | 'summary' | 'conclusion'>;

/** The report that GitHub did not take in time: how to open the check, where it is not yet, and its last edit. */
export interface UnsaidCheck {
  readonly open: OpenBuildCheck;
  readonly checkRunId?: GitHubId;
  readonly update: Omit<UpdateBuildCheck, 'checkRunId'>;
}

/** A build's check run: opened once, then edited. A build of a plain Git URL has nothing to show. */
export class BuildCheck {
  readonly #build: BuildInput;
  readonly #gitHub: LatestWins<Shown>;
  #id: GitHubId | undefined;

  constructor(build: BuildInput) {
    this.#build = build;
    this.#gitHub = new LatestWins<Shown>({
      failed: `GitHub did not take the check run of ${build.buildId}`,
      send: async (shown) => {
        const open = this.#open(shown);
        if (!open) return shown;
        if (this.#id === undefined) {
          this.#id = await openBuildCheck(open);
          // It is opened with its title, in progress: an end is an edit after that.
          const { conclusion, ...progress } = shown;
          return conclusion === undefined ? shown : progress;
        }
        await updateBuildCheck({ origin: open.origin, checkRunId: this.#id, ...shown });
        return shown;
      },
    });
  }

  /** Returns at once. */
  show(shown: Shown): void {
    this.#gitHub.say(shown);
  }

  /** Waits until GitHub knows, at most `limitMs`, then gives up. @returns the report that is not through */
  async settle(limitMs: number): Promise<UnsaidCheck | undefined> {
    const unsaid = await this.#gitHub.settle(limitMs);
    const open = unsaid && this.#open(unsaid);
    if (!open) return undefined;
    return {
      open,
      ...(this.#id !== undefined && { checkRunId: this.#id }),
      update: { origin: open.origin, ...unsaid },
    };
  }

  #open({ title }: Shown): OpenBuildCheck | undefined {
    const { origin, buildId, commit } = this.#build;
    if (origin.kind !== 'github') return undefined;
    const name = buildCheckName(shownAs(this.#build).service);
    return { origin, buildId, commit, name, title, logPath: `/builds/${buildId}` };
  }
}
