import { failure } from '../../../contracts/core/failures.ts';

/** The failure for a line of a Dockerfile that could lead out of the build. @param line - counted from 1 */
export const refuse = (line: number, why: string, todo: string) =>
  failure('UnsafeSource', `Line ${line} of the Dockerfile is refused: ${why}. ${todo}`);
