/** The meaning of git's messages for the build. Matched on git 2.30 to 2.52 in the C locale; there are no codes. */
import { failure, type FailureType } from '../../contracts/core/failures.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { mask } from '../logs/masker.ts';
import { authorizationHeader } from './git.ts';

interface Meaning {
  readonly type: FailureType;
  readonly says: RegExp;
  readonly advice: string;
}

const MEANINGS: readonly Meaning[] = [
  {
    type: 'CommitNotFound',
    says: /not our ref|couldn't find remote ref|unadvertised object|no such remote ref/i,
    advice: 'The commit is not in the repository (any more): was the branch force-pushed or deleted? Push again.',
  },
  {
    type: 'UnsafeSource',
    says: /error: invalid path|fatal: bad tree|refusing to (?:check out|create)/i,
    advice: 'The commit holds a path that no repository should. Remove it.',
  },
  {
    type: 'UnsafeSource',
    says: /file ?name too long|name too long/i,
    advice: 'The commit holds a path that is too long for the build host. Shorten it.',
  },
  {
    type: 'DiskFull',
    // A checkout says that it could not write, and not why: it has just made the same file without trouble.
    says: /no space left on device|disk quota exceeded|out of disk ?space|unable to write (?:file|new index file)/i,
    advice: 'The disk of the build host is full. Free some space, then build again.',
  },
  {
    type: 'SourceRefused',
    says: /could not read (?:username|password)|authentication failed|returned error: 40[13]/i,
    advice: 'The repository did not accept our credentials. Check that the GitHub App is still installed for it.',
  },
  {
    type: 'SourceRefused',
    says: /repository '.*' not found|returned error: 404|remote: not found/i,
    advice: 'There is no such repository, or it is private and we may not see it. Check its URL.',
  },
  {
    type: 'SourceRefused',
    says: /returned error: 3\d\d|unable to update url base from redirection/i,
    advice: 'The repository has moved, and redirects are not followed. Use its new URL.',
  },
  {
    type: 'SourceRefused',
    says: /transport '.*' not allowed/i,
    advice: 'Only https:// is fetched from.',
  },
];

const UNAVAILABLE: Omit<Meaning, 'says'> = {
  type: 'SourceUnavailable',
  advice: 'It will be tried again.',
};

/** Git's own sentence is worth showing; its hints are not. */
const NOISE = /^\s*$|^hint:|^warning:/i;

/** The failure to throw for a git command that did not work. Its message never holds the token. */
export function sourceFailure(what: string, url: string, stderr: string, token?: Secret) {
  const meaning: Partial<Meaning> & typeof UNAVAILABLE = MEANINGS.find(({ says }) => says.test(stderr)) ?? UNAVAILABLE;
  const lines = mask(stderr, secretsOf(token))
    .split('\n')
    .filter((line) => !NOISE.test(line));
  // Git goes on to say what it could not do because of that.
  const said = lines.find((line) => meaning.says?.test(line)) ?? lines.at(-1);
  return failure(
    meaning.type,
    `${what} from ${url} failed: ${firstPart(said ?? 'no reason given', 500)}. ${meaning.advice}`,
  );
}

/** The token, and the form in which it is sent: a server may well repeat that. */
function secretsOf(token: Secret | undefined): readonly Secret[] {
  if (token === undefined) return [];
  const sent = authorizationHeader(token).split(' ').at(-1) ?? '';
  return [token, new Secret(sent)];
}
