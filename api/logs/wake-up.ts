export interface WakeUp {
  /** Wakes the waiting reader; without one, the next to wait does not wait at all. */
  raise(): void;
  /** Until raised, or until the time has passed. For one waiter. */
  wait(timeoutMs: number): Promise<'raised' | 'timeout'>;
}

export function createWakeUp(): WakeUp {
  let raised = false;
  let wake: (() => void) | undefined;
  return {
    raise() {
      raised = true;
      wake?.();
    },
    async wait(timeoutMs) {
      if (!raised) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      const result = raised ? 'raised' : 'timeout';
      raised = false;
      return result;
    },
  };
}
