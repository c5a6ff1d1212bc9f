/** Hands what global-setup started to global-teardown: jest loads the two apart, in one process. */

interface Kept {
  readonly dir: string;
  readonly stop: readonly (() => Promise<void>)[];
}

const holder: typeof globalThis & { landfallTestRun?: Kept } = globalThis;

export function keepForTeardown(kept: Kept): void {
  holder.landfallTestRun = kept;
}

/** Undefined when the set-up failed half-way. */
export function takeKept(): Kept | undefined {
  return holder.landfallTestRun;
}
