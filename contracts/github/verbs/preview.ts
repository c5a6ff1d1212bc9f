import { parseDuration } from '../../core/duration.ts';
import type { PreviewWish } from '../../deployment/preview.ts';
import { Mistake, take } from '../command-options.ts';
import { undressed } from '../selector.ts';
import { ordered, type VerbDescription } from './verb.ts';

interface Command {
  readonly verb: 'preview';
  readonly what: 'create' | 'extend' | 'stop' | 'status' | 'logs';
  /** The beginning of the commit that its author names; a fork's head takes it. */
  readonly commit: string | null;
  /** In milliseconds; 0 where nothing is extended. */
  readonly forMs: number;
}

const WORDS: ReadonlySet<string> = new Set(['stop', 'status', 'logs'] satisfies Command['what'][]);
const isWord = (word: string): word is 'stop' | 'status' | 'logs' => WORDS.has(word);
/** At least as many digits as GitHub and git show. */
const COMMIT = /^[0-9a-f]{7,64}$/;

const LEAST_MS = 60_000;
/** The rules of the repository say how much of it is given. */
const MOST_MS = 30 * 86_400_000;

export const preview = {
  usage: '/preview [extend 2h, stop, status, logs]',
  what: 'makes this pull request reachable under an address of its own for some time, or renews it',
  needs: 'write',
  pull: ({ what }) => (what === 'create' ? 'head' : what === 'extend' ? 'open' : undefined),
  named: ({ what, commit }) => (what === 'create' ? commit : undefined),
  read(line): Command {
    const { words } = take(line, []);
    const [first, ...rest] = words.map((word) => undressed(word).toLowerCase());
    const is = (what: Command['what'], more: Partial<Command> = {}): Command => {
      if (rest.length > (what === 'extend' ? 1 : 0)) throw new Mistake('it takes no more words');
      return { verb: 'preview', what, commit: null, forMs: 0, ...more };
    };
    if (first === undefined) return is('create');
    if (isWord(first)) return is(first);
    if (first === 'extend') return is('extend', { forMs: extension(rest[0] ?? '') });
    if (COMMIT.test(first)) return is('create', { commit: first });
    throw new Mistake('it takes extend with a time, stop, status, logs, or a commit');
  },
  async resolve({ what, forMs }, repository) {
    if (what === 'status') return repository.previewStatus();
    if (what === 'logs') return repository.previewLogs();
    const { pull, commit, fork } = repository.pullRequest();
    return ordered({ kind: 'preview', ...repository.placed, pull, wish: wishOf({ what, forMs, commit, fork }) });
  },
} as const satisfies VerbDescription<Command>;

/** @throws {Mistake} */
function extension(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < LEAST_MS || ms > MOST_MS) {
    throw new Mistake('extend takes a time from 1m to 30d, such as 2h');
  }
  return ms;
}

interface Wished extends Pick<Command, 'forMs'> {
  readonly what: 'create' | 'extend' | 'stop';
  readonly commit: string;
  readonly fork: boolean;
}

function wishOf({ what, forMs, commit, fork }: Wished): PreviewWish {
  if (what === 'create') return { kind: 'create', commit, fork };
  return what === 'extend' ? { kind: 'extend', forMs } : { kind: 'stop' };
}
