/**
 * Reads a command at the very start of a comment: there nothing can be code or a quotation. Pure.
 *
 * By hand: a parser of command lines ends the process or prints for itself, and knows no commit, branch or deployment.
 */
import { USAGE, type PersonCommand, type ReadCommand, type Verb } from './command.ts';
import { LOCK_DURATIONS, USUAL_LOCK, lockDuration } from '../core/duration.ts';
import { environmentOf } from '../core/ids.ts';
import { Mistake, take } from './command-options.ts';
import { isName } from '../core/names.ts';
import { firstWord, selectorOf, undressed } from './selector.ts';

/** `/cc` of another bot is unknown; `/usr/bin` and `/ deploy` are no command at all. */
const COMMAND = /^\/([a-z][a-z-]{0,30})(?:[^\S\r\n]+([^\r\n]*))?(?=[\r\n]|$)/i;
/** No command is longer. */
const MAX_LINE = 1_000;
const MAX_WORDS = 500;

/** @returns `null` for a comment that says nothing to us */
export function readCommand(comment: string): ReadCommand | null {
  const match = COMMAND.exec(comment);
  if (!match) return null;
  const verb = (match[1] ?? '').toLowerCase();
  if (!isVerb(verb)) return { kind: 'unknown' };
  try {
    const line = (match[2] ?? '').trim();
    if (line.length > MAX_LINE) throw new Mistake(`it is longer than ${MAX_LINE} characters`);
    return { kind: 'command', command: READERS[verb](line) };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { kind: 'mistake', verb, problem: error.message };
  }
}

const isVerb = (word: string): word is Verb => Object.hasOwn(USAGE, word);

const inEnvironment =
  (verb: 'deploy' | 'plan' | 'promote' | 'status' | 'queue') =>
  (line: string): PersonCommand => {
    const { words, options } = take(line, ['service']);
    return { verb, ...where(words, options.service) };
  };

const aboutWork =
  (verb: 'cancel' | 'retry') =>
  (line: string): PersonCommand => {
    const { words, options } = take(line, ['service']);
    const [word, ...more] = words;
    if (more.length > 0) throw new Mistake('it takes one id at most');
    return { verb, service: service(options.service), id: word === undefined ? null : workId(word) };
  };

/** The words are free; what stands before them may say about which. */
const decision =
  (verb: 'approve' | 'reject') =>
  (line: string): PersonCommand => {
    let rest = line;
    let of: string | null = null;
    const option = /^--service(?:=|\s+)(\S+)(?:\s+|$)/.exec(rest);
    if (option) {
      of = service(option[1]);
      rest = rest.slice(option[0].length);
    }
    if (SERVICE_OPTION.test(rest)) throw new Mistake('--service is given once, and stands before the words');
    const first = firstWord(rest);
    if (first.kind === 'unclear') throw new Mistake(NO_ID);
    const id = first.kind === 'selector' ? first.selector.id : null;
    const note = first.kind === 'selector' ? first.rest : rest.trim();
    if (verb === 'reject' && note === '') throw new Mistake('say why');
    return { verb, service: of, id, note: bounded(note) };
  };

const READERS: { readonly [V in Verb]: (line: string) => PersonCommand } = {
  deploy: inEnvironment('deploy'),
  plan: inEnvironment('plan'),
  promote: inEnvironment('promote'),
  status: inEnvironment('status'),
  queue: inEnvironment('queue'),
  approve: decision('approve'),
  reject: decision('reject'),
  cancel: aboutWork('cancel'),
  retry: aboutWork('retry'),
  help: () => ({ verb: 'help' }),

  rollback(line) {
    const { words, options } = take(line, ['service', 'to']);
    const at = words.indexOf('to');
    if (at >= 0 && options.to !== undefined) throw new Mistake('say to which one deployment');
    const [to = options.to, ...more] = at < 0 ? [] : words.slice(at + 1);
    if (more.length > 0 || (at >= 0 && to === undefined)) throw new Mistake('say to which one deployment');
    const before = at < 0 ? words : words.slice(0, at);
    const whole = to === undefined && before.length === 1 ? selectorOf(before[0] ?? '') : undefined;
    const key = whole?.kind === 'deployment' ? environmentOf(whole.id) : undefined;
    if (whole && key && options.service === undefined) {
      return { verb: 'rollback', service: `${key.project}/${key.service}`, environment: key.environment, to: whole.id };
    }
    return { verb: 'rollback', ...where(before, options.service), to: to === undefined ? null : wayBack(to) };
  },

  lock(line) {
    const { words, options } = take(line, ['service', 'for', 'reason']);
    const forMs = lockDuration(undressed(options.for ?? USUAL_LOCK));
    if (forMs === undefined) throw new Mistake(`--for takes ${LOCK_DURATIONS}`);
    const reason = bounded((options.reason ?? '').replace(/^(["'])(.*)\1$/, '$2').trim());
    if (reason === '') throw new Mistake('say why with --reason');
    return { verb: 'lock', ...where(words, options.service), forMs, reason };
  },

  unlock(line) {
    const { words, options } = take(line, ['service', 'force']);
    return { verb: 'unlock', ...where(words, options.service), force: options.force !== undefined };
  },
};

const NO_ID = "that is no release's or deployment's id, such as shop.web.42";
const SERVICE_OPTION = /(?:^|\s)[-–—]+service(?:[=\s]|$)/;

/** @throws {Mistake} */
function workId(word: string): string {
  const found = selectorOf(word);
  if (!found || found.kind === 'job') throw new Mistake(NO_ID);
  return found.id;
}

/** @throws {Mistake} */
function wayBack(word: string): string {
  const found = selectorOf(word);
  if (found && found.kind !== 'job' && found.kind !== 'digest') return found.id;
  throw new Mistake("it goes back to a deployment's id or number, or to seven digits or more of a commit");
}

/** `production`, or as the command line takes it: `shop/web production`; and as it is printed: `shop.web.production`. */
function where(words: readonly string[], option: string | undefined): InEnvironment {
  const named = words.map(undressed).map((word) => (isName(word.toLowerCase()) ? word.toLowerCase() : word));
  const [first = '', ...more] = named;
  const [project, name0, name1, ...rest] = first.split(first.includes('/') ? '/' : '.');
  if (
    project !== undefined &&
    name0 !== undefined &&
    rest.length === 0 &&
    [project, name0, name1 ?? 'a'].every(isName)
  ) {
    const words0 = name1 === undefined ? more : [name1, ...more];
    if (option !== undefined) throw new Mistake('it takes one service at most');
    return { service: service(`${project}/${name0}`), environment: onlyEnvironment(words0) };
  }
  return { service: service(option), environment: onlyEnvironment(named) };
}

interface InEnvironment {
  readonly service: string | null;
  readonly environment: string | null;
}

function onlyEnvironment(words: readonly string[]): string | null {
  if (words.length > 1) throw new Mistake('it takes one environment at most');
  return name(words[0], 'environment');
}

/** `web`, or `shop/web` where a repository has had several projects. */
function service(word: string | undefined): string | null {
  const bare = word === undefined ? undefined : undressed(word);
  const [first, second, ...more] = bare?.split('/') ?? [];
  if (more.length > 0) throw new Mistake('no service has such a name: say SERVICE, or PROJECT/SERVICE');
  name(first, 'service');
  name(second, 'service');
  return bare ?? null;
}

function name(word: string | undefined, what: string): string | null {
  if (word === undefined) return null;
  if (!isName(word)) throw new Mistake(`no ${what} has such a name: names are made of a-z, 0-9 and -`);
  return word;
}

function bounded(text: string): string {
  if (text.length > MAX_WORDS) throw new Mistake(`its words are longer than ${MAX_WORDS} characters`);
  return text;
}
