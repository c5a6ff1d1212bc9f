/**
 * The order in front of an environment, and nothing else: who may go next, and who comes too late. It knows neither
 * Temporal nor a clock, so that thousands of orders can be tried (requirements, E9).
 */
import type { DeploymentRequest, LiveDeployment } from '../../contracts/deployment/deployment.ts';
import type { Block } from './blocks.ts';

type Ordered = Pick<DeploymentRequest, 'deploymentId' | 'sequence' | 'byName'>;

/** What keeps a request from running now. */
export type Blocks<R> = (request: R) => Block | null;

/** First come, first served among those that may run. */
export class Line<R extends Ordered, E extends { readonly request: R }> {
  readonly #entries: E[];

  constructor(entries: readonly E[]) {
    this.#entries = [...entries];
  }

  get entries(): readonly E[] {
    return this.#entries;
  }

  has(deploymentId: string): boolean {
    return this.#entries.some(({ request }) => request.deploymentId === deploymentId);
  }

  push(entry: E): void {
    this.#entries.push(entry);
  }

  remove(deploymentId: string): E | undefined {
    const index = this.#entries.findIndex(({ request }) => request.deploymentId === deploymentId);
    return index < 0 ? undefined : this.#entries.splice(index, 1)[0];
  }

  /**
   * Takes those that a newer request makes pointless: older, and asked for by nobody by name.
   *
   * @param isMeant - which of them
   */
  takeOlderThan({ sequence }: Pick<R, 'sequence'>, isMeant: (request: R) => boolean = () => true): readonly E[] {
    const older = this.#entries.filter(
      ({ request }) => !request.byName && request.sequence < sequence && isMeant(request),
    );
    for (const { request } of older) this.remove(request.deploymentId);
    return older;
  }

  /** Whether any of them may run: one that may not never keeps the ones behind it waiting. */
  mayRun(blocks: Blocks<R>): boolean {
    return this.#entries.some(({ request }) => blocks(request) === null);
  }

  /** The first one that may run. */
  first(blocks: Blocks<R>): E | undefined {
    return this.#entries.find(({ request }) => blocks(request) === null);
  }

  /** Takes the first one that may run. */
  shift(blocks: Blocks<R>): E | undefined {
    const next = this.first(blocks);
    return next && this.remove(next.request.deploymentId);
  }

  /** Puts an entry in the place of the one with the same id. */
  replace(entry: E): void {
    const index = this.#entries.findIndex(({ request }) => request.deploymentId === entry.request.deploymentId);
    if (index >= 0) this.#entries[index] = entry;
  }

  /** When time alone will change what may run; `null`: never. */
  changesAt(blocks: Blocks<R>): number | null {
    const times = this.#entries.map(({ request }) => blocks(request)?.until ?? null).filter((until) => until !== null);
    return times.length === 0 ? null : Math.min(...times);
  }
}

/** Whether deploying it would go backwards. What somebody asked for by name is meant as it is. */
export const isBehind = ({ byName, sequence }: Ordered, live: Pick<LiveDeployment, 'sequence'> | null): boolean =>
  !byName && live !== null && sequence < live.sequence;
