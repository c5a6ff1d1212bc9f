/** Undoing, in reverse order, what a test file started. Import it (or a helper that does) at the top of the file. */
import { afterAll } from '@jest/globals';

type Undo = () => Promise<void> | void;

const undos: Undo[] = [];

/**
 * Runs `undo` after the file's last test, the latest first. Use it rather than an own `afterAll` for what depends on
 * something that a helper started: jest would run that one too late.
 */
export function onCleanup(undo: Undo): void {
  undos.push(undo);
}

afterAll(async () => {
  const errors: unknown[] = [];
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
    try {
      await undo();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `Cleaning up failed: ${errors.map(String).join('; ')}`);
}, 300_000);
