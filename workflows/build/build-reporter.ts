import { shortCommit } from '../../contracts/core/names.ts';
import type { BuildInput, BuildResult, BuiltImage, PushedImage } from '../../contracts/deployment/build.ts';
import { code, inline, ourWords, sentence } from '../../contracts/core/markdown.ts';
import type { BuildStateRecord } from '../../contracts/admission/store-records.ts';
import type { BuildState } from '../../contracts/deployment/states.ts';
import { buildWorkflowId } from '../../contracts/core/ids.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { BuildCheck } from '../reporting/build-check.ts';
import { deferReport } from '../reporting/defer-report.ts';
import { StoreRecorder } from '../reporting/store-recorder.ts';

/** Shows a build to people. */
export class BuildReporter {
  readonly #input: BuildInput;
  readonly #store = new StoreRecorder();
  readonly #check: BuildCheck;
  #state: BuildState = 'pending';
  /** The hosts that claimed it, the newest last. */
  readonly #hosts: string[] = [];
  #details: Partial<BuildStateRecord> = {};

  constructor(input: BuildInput) {
    this.#input = input;
    this.#check = new BuildCheck(input);
  }

  get progress() {
    return { state: this.#state, host: this.#host };
  }

  /** The hosts that may hold remains of the build. */
  get hosts(): readonly string[] {
    return [...new Set(this.#hosts)];
  }

  claimedBy(host: string): void {
    this.#hosts.push(host);
    this.enter('claimed');
  }

  pushed({ image, digest, tags }: PushedImage, { builder, bases }: BuiltImage): void {
    this.#details = { image, digest, tags, builder, ...(bases && { bases }) };
  }

  enter(state: BuildState): void {
    this.#state = state;
    const host = this.#host;
    const { buildId, commit } = this.#input;
    this.#store.say({ kind: 'recordBuildState', record: { buildId, state, at: Date.now(), ...this.#told } });
    const title = `${state[0]?.toUpperCase() ?? ''}${state.slice(1)} ${shortCommit(commit)}`;
    this.#check.show({
      title,
      summary: host ? ourWords`Build host: ${inline(host)}` : ourWords`Waiting for a build host.`,
    });
  }

  get #host(): string | null {
    return this.#hosts.at(-1) ?? null;
  }

  get #told(): Pick<BuildStateRecord, 'host'> {
    return this.#host === null ? {} : { host: this.#host };
  }

  conclude(result: BuildResult): void {
    const { buildId, commit } = this.#input;
    this.#state = result.outcome;
    const failure = result.outcome === 'failed' ? { failure: result.failure } : {};
    this.#store.say({
      kind: 'recordBuildState',
      record: { buildId, state: result.outcome, at: Date.now(), ...this.#told, ...this.#details, ...failure },
    });
    this.#check.show(
      {
        completed: {
          title: `Built ${shortCommit(commit)}`,
          summary: code(this.#details.image ?? ''),
          conclusion: 'success' as const,
        },
        failed: {
          title: `${shortCommit(commit)} did not build`,
          summary: result.outcome === 'failed' ? sentence(result.failure.message) : ourWords``,
          conclusion: 'failure' as const,
        },
        cancelled: { title: `Cancelled ${shortCommit(commit)}`, summary: ourWords``, conclusion: 'cancelled' as const },
      }[result.outcome],
    );
  }

  /** Waits, bounded, until the store and GitHub know; leaves the rest to a `report`. */
  async settle(): Promise<void> {
    const [tellings, check] = await Promise.all([
      this.#store.settle(TIMEOUTS.settle.endMs),
      this.#check.settle(TIMEOUTS.settle.endMs),
    ]);
    await deferReport(buildWorkflowId(this.#input.buildId), { tellings, check });
  }
}
