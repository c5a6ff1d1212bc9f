import { CancellationScope, condition, log, proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities, UpdateBuildCheck } from '../../activities/github/github.port.ts';
import type { BuildInput } from '../../contracts/build.ts';
import { telling } from './activity-options.ts';
import { short } from './words.ts';

const { openBuildCheck, updateBuildCheck } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });

type Shown = Pick<UpdateBuildCheck, 'title' | 'summary' | 'conclusion'>;

/** A build's check run: opened once, then edited. An edit that is overtaken before it was sent is left out. */
export class BuildCheck {
  readonly #build: BuildInput;
  #id: number | undefined;
  #wanted: Shown | undefined;
  #sent: Shown | undefined;
  #busy = false;

  constructor(build: BuildInput) {
    this.#build = build;
  }

  /** Returns at once. */
  show(shown: Shown): void {
    this.#wanted = shown;
    if (!this.#busy) void this.#work();
  }

  /** Waits until GitHub knows, at most `limitMs`. */
  async settle(limitMs: number): Promise<void> {
    await condition(() => !this.#busy, limitMs);
  }

  async #work(): Promise<void> {
    const { origin, buildId, commit, key, report } = this.#build;
    if (origin.kind !== 'github' || !report) return;
    this.#busy = true;
    await CancellationScope.nonCancellable(async () => {
      try {
        if (this.#id === undefined) {
          this.#sent = this.#wanted;
          const title = this.#wanted?.title ?? `Building ${short(commit)}`;
          const name = `Landfall: ${key.service}`;
          this.#id = await openBuildCheck({ origin, buildId, commit, name, title, logPath: `/builds/${buildId}` });
        }
        while (this.#wanted && this.#wanted !== this.#sent) {
          this.#sent = this.#wanted;
          await updateBuildCheck({ origin, checkRunId: this.#id, ...this.#sent });
        }
      } catch (error) {
        log.error('GitHub could not be told', { error, buildId });
      }
    });
    this.#busy = false;
  }
}
