/** Access tokens as their file has them now: people are added and removed without a restart. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Secret } from '../contracts/core/secret.ts';
import { readTokens } from './settings.ts';

interface NamedToken {
  readonly name: string;
  readonly token: Secret;
}

/** As the API knows it. */
interface HashedToken {
  readonly name: string;
  /** Lower-case hex of the SHA-256 of the token. */
  readonly sha256: string;
}

/**
 * The tokens of a file that is looked at with every call, which costs microseconds, and read again when it has changed. A
 * file that cannot be used leaves those in force that it had before.
 *
 * @param before - what the start has read from it
 * @param onChange - called once for each change, with its error when it cannot be used
 */
export function followTokens(
  path: string,
  before: readonly NamedToken[],
  onChange: (error?: unknown) => void,
): () => readonly HashedToken[] {
  let tokens = before.map(hashed);
  let seen = markOf(path);
  return () => {
    const mark = markOf(path);
    if (mark === seen) return tokens;
    seen = mark;
    try {
      tokens = readTokens(path).map(hashed);
      onChange();
    } catch (error) {
      onChange(error);
    }
    return tokens;
  };
}

/** Another one for every change of the file: editors replace it, the shell writes into it. */
function markOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? [found.ino, found.size, found.mtimeNs, found.ctimeNs].join() : 'none';
}

function hashed({ name, token }: NamedToken): HashedToken {
  return { name, sha256: createHash('sha256').update(token.reveal()).digest('hex') };
}
