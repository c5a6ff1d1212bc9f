/** A build host without room, in the words of the program that noticed it. */
import { failure } from '../../contracts/core/failures.ts';
import { lastPart } from '../../contracts/core/text.ts';

const NO_SPACE = /no space left on device|disk quota exceeded/i;
/** Podman keeps the reason to itself when it cannot store the context that it is sent. */
const NOT_STORED = /unable to copy tar file from request body/i;
/** The characters before the match that are shown: they name the place. */
const WORDS = 300;

/** @returns the text that shows a full disk; `undefined` when none does */
export function noRoomIn(said: readonly string[]): string | undefined {
  for (const words of said) {
    const found = NO_SPACE.exec(words);
    if (found) return lastPart(words.slice(0, found.index + found[0].length), WORDS);
    if (NOT_STORED.test(words)) return 'Podman could not store the build context';
  }
  return undefined;
}

export const diskFull = (words: string) =>
  failure('DiskFull', `The build host's disk is full: ${words.trim()}. Free some space, then build again.`);

/** Node's own error for it gets our name; anything else stays as it is. */
export function asDiskFull(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? diskFull(message) : error;
}
