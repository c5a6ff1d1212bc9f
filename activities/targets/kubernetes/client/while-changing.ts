import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import { named, type ObjectRef } from './paths.ts';
import { ObjectConflict } from './status.ts';

/** Controllers write the same objects: their changes come in between now and then. */
const TRIES = 20;

/** Repeats a look with its change while the object changes in between. @throws `EngineUnavailable` when that does not end */
export async function whileChanging<T>(ref: ObjectRef, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ObjectConflict)) throw error;
      if (tries < TRIES) continue;
      throw failure(
        FailureType.EngineUnavailable,
        `${named(ref)} was changed by something else each of the ${TRIES} times that it was to be written. Look for a controller that goes on changing it.`,
      );
    }
  }
}
