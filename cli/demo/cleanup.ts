import { errorText } from '../cli-error.ts';

/** Steps to undo, last first. */
export interface Cleanup {
  add(what: string, undo: () => Promise<void>): void;
  /**
   * Takes everything back, also when some of it fails. May be called twice.
   *
   * @returns what could not be taken back.
   */
  run(): Promise<string[]>;
}

export function createCleanup(): Cleanup {
  const steps: { what: string; undo: () => Promise<void> }[] = [];
  return {
    add: (what, undo) => void steps.push({ what, undo }),
    run: async () => {
      const left: string[] = [];
      for (let step = steps.pop(); step; step = steps.pop()) {
        try {
          await step.undo();
        } catch (error) {
          left.push(`${step.what}: ${errorText(error)}`);
        }
      }
      return left;
    },
  };
}
