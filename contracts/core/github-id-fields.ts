/** Schemas of GitHub's ids. Apart from github-id.ts, which workflows import. */
import { z } from 'zod';
import { isGitHubId } from './github-id.ts';

const WANTED = 'expected an id of GitHub: a whole number from 1 to 2^63 - 1';

/** An id in a message of ours. */
export const GitHubIdText = z.string().refine(isGitHubId, WANTED);

/** A number beyond 2^53 has lost its last digits: it may be another id. */
const isWholeId = (value: unknown): boolean =>
  (typeof value === 'bigint' || Number.isSafeInteger(value)) && isGitHubId(String(value));

/** An id in an answer or event of GitHub's: a number while it is small, a bigint beyond 2^53 (see lossless-json.ts). */
export const gitHubId = z.custom<number | bigint>(isWholeId, WANTED).transform(String);
