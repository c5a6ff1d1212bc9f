import type { GitHubId } from '../../contracts/core/github-id.ts';
import { proxyActivities } from '@temporalio/workflow';
import { buildCheckName } from '../../contracts/github/check-run.ts';
import type { GitHubActivities, OpenBuildCheck, UpdateBuildCheck } from '../../activities/github/github.port.ts';
import type { BuildInput } from '../../contracts/deployment/build.ts';
import { telling } from '../lib/activity-options.ts';
import { Background } from './background.ts';
import { endOfActivation } from './end-of-activation.ts';

const { openBuildCheck, updateBuildCheck } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });

type Shown = Pick<UpdateBuildCheck, 'title' | 'summary' | 'conclusion'>;

/** The report that GitHub did not take in time: how to open the check, where it is not yet, and its last edit. */
export interface UnsaidCheck {
  readonly open: OpenBuildCheck;
  readonly checkRunId?: GitHubId;
  readonly update: Omit<UpdateBuildCheck, 'checkRunId'>;
}

/** A build's check run: opened once, then edited. An edit that is overtaken before it was sent is left out. */
export class BuildCheck {
  readonly #build: BuildInput;
  readonly #beside = new Background();
  #id: GitHubId | undefined;
  #wanted: Shown | undefined;
  #sent: Shown | undefined;

  constructor(build: BuildInput) {
    this.#build = build;
  }

  /** Returns at once. */
  show(shown: Shown): void {
    this.#wanted = shown;
    const open = this.#open(shown);
    if (open) this.#beside.start(() => this.#work(open));
  }

  /** Waits until GitHub knows, at most `limitMs`, then gives up. @returns the report that is not through */
  async settle(limitMs: number): Promise<UnsaidCheck | undefined> {
    if (await this.#beside.settle(limitMs)) return undefined;
    const open = this.#wanted && this.#open(this.#wanted);
    if (!open || !this.#wanted) return undefined;
    return {
      open,
      ...(this.#id !== undefined && { checkRunId: this.#id }),
      update: { origin: open.origin, ...this.#wanted },
    };
  }

  #open({ title }: Shown): OpenBuildCheck | undefined {
    const { origin, buildId, commit, key } = this.#build;
    if (origin.kind !== 'github') return undefined;
    return { origin, buildId, commit, name: buildCheckName(key.service), title, logPath: `/builds/${buildId}` };
  }

  async #work(open: OpenBuildCheck): Promise<void> {
    if (this.#id === undefined) {
      // It is opened with this title, so only what changes after that is an edit.
      const shown = this.#wanted;
      this.#id = await openBuildCheck(open);
      this.#sent = shown;
    }
    // "Claimed" and "Cloning" are one edit, which names the host.
    await endOfActivation();
    for (let next = this.#wanted; next && next !== this.#sent; next = this.#wanted) {
      await updateBuildCheck({ origin: open.origin, checkRunId: this.#id, ...next });
      this.#sent = next;
    }
  }
}
