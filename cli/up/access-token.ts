import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../cli-error.ts';

/** 256 bits cannot be guessed, so no slow hash is needed. The prefix lets secret scanners recognise it. */
const newToken = (): string => `landfall_${randomBytes(32).toString('base64url')}`;

/**
 * Creates the file with one access token, for the person who runs `landfall up`, unless there is one already.
 *
 * @returns whether it was created.
 */
export async function ensureTokensFile(file: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, `local:${newToken()}\n`, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}
