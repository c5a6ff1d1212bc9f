/** Reads a command at the very start of a comment: there nothing can be code or a quotation. Pure. */
import { USAGE, type Command, type ReadCommand, type Verb } from './command.ts';
import { LOCK_DURATIONS, USUAL_LOCK, lockDuration } from './duration.ts';
import { isName } from './names.ts';

/** `/cc` of another bot is unknown; `/usr/bin` and `/ deploy` are no command at all. */
const COMMAND = /^\/([a-z][a-z-]{0,30})(?:[^\S\r\n]+([^\r\n]*))?(?=[\r\n]|$)/i;
/** Nobody's command is longer. */
const MAX_LINE = 1_000;
const MAX_WORDS = 500;

const RELEASE_OR_DEPLOYMENT = /^[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){1,2}\.[1-9]\d{0,8}$/;
/** A deployment's id or number, or seven digits or more of a commit. */
const ROLLBACK_TO = /^(?:[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){2}\.[1-9]\d{0,8}|[1-9]\d{0,5}|[0-9a-f]{7,64})$/;

/** Says what is wrong; never repeats what was written. */
class Mistake extends Error {}

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
  (line: string): Command => {
    const { words, options } = take(line, ['service']);
    return { verb, service: service(options.service), environment: onlyEnvironment(words) };
  };

const aboutWork =
  (verb: 'cancel' | 'retry') =>
  (line: string): Command => {
    const { words, options } = take(line, ['service']);
    const [id, ...more] = words;
    if (more.length > 0) throw new Mistake('it takes one id at most');
    if (id !== undefined && !RELEASE_OR_DEPLOYMENT.test(id)) throw new Mistake(NO_ID);
    return { verb, service: service(options.service), id: id ?? null };
  };

/** The words are free; what stands before them may say about which. */
const decision =
  (verb: 'approve' | 'reject') =>
  (line: string): Command => {
    let rest = line;
    let of: string | null = null;
    const option = /^--service(?:=|\s+)(\S+)\s*/.exec(rest);
    if (option) {
      of = service(option[1]);
      rest = rest.slice(option[0].length);
    }
    const [first = ''] = rest.split(/\s/, 1);
    const id = RELEASE_OR_DEPLOYMENT.test(first) ? first : null;
    const note = (id === null ? rest : rest.slice(id.length)).trim();
    if (verb === 'reject' && note === '') throw new Mistake('say why');
    return { verb, service: of, id, note: bounded(note) };
  };

const READERS: { readonly [V in Verb]: (line: string) => Command } = {
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
    const [to = options.to, ...more] = at < 0 ? [] : words.slice(at + 1);
    if (more.length > 0 || (at >= 0 && to === undefined)) throw new Mistake('say to which one deployment');
    if (to !== undefined && !ROLLBACK_TO.test(to)) {
      throw new Mistake("it goes back to a deployment's id or number, or to seven digits or more of a commit");
    }
    const environment = onlyEnvironment(at < 0 ? words : words.slice(0, at));
    return { verb: 'rollback', service: service(options.service), environment, to: to ?? null };
  },

  lock(line) {
    const { words, options } = take(line, ['service', 'for', 'reason']);
    const forMs = lockDuration(options.for ?? USUAL_LOCK);
    if (forMs === undefined) throw new Mistake(`--for takes ${LOCK_DURATIONS}`);
    const reason = bounded((options.reason ?? '').replace(/^(["'])(.*)\1$/, '$2').trim());
    if (reason === '') throw new Mistake('say why with --reason');
    const environment = onlyEnvironment(words);
    return { verb: 'lock', service: service(options.service), environment, forMs, reason };
  },

  unlock(line) {
    const { words, options } = take(line, ['service', 'force']);
    const environment = onlyEnvironment(words);
    return { verb: 'unlock', service: service(options.service), environment, force: options.force !== undefined };
  },
};

type Option = 'service' | 'to' | 'for' | 'reason' | 'force';
const FLAGS: ReadonlySet<string> = new Set(['force'] satisfies Option[]);
/** Goes on until the next option. */
const WORDY: ReadonlySet<string> = new Set(['reason'] satisfies Option[]);
const NO_ID = "that is no release's or deployment's id, such as shop.web.42";

/** Options apart from the other words: `--for 2h`, `--for=2h`. */
function take<O extends Option>(
  line: string,
  known: readonly O[],
): { readonly words: readonly string[]; readonly options: Readonly<Partial<Record<O, string>>> } {
  const words: string[] = [];
  const options: Partial<Record<O, string>> = {};
  const queue = line.split(/\s+/).filter((word) => word !== '');
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const [, option, , inline] = /^--([a-z]+)(=(.*))?$/.exec(word) ?? [];
    if (option === undefined) {
      if (word.startsWith('-')) throw new Mistake('it does not know that option');
      words.push(word);
      continue;
    }
    const found = known.find((one) => one === option);
    if (found === undefined) throw new Mistake('it does not know that option');
    if (options[found] !== undefined) throw new Mistake(`--${found} is given twice`);
    const value = inline === undefined || inline === '' ? [] : [inline];
    if (WORDY.has(found)) while (queue.length > 0 && !isOption(queue[0], known)) value.push(queue.shift() ?? '');
    else if (!FLAGS.has(found) && value.length === 0) value.push(queue.shift() ?? '');
    const text = value.join(' ');
    if (!FLAGS.has(found) && (text === '' || text.startsWith('--')))
      throw new Mistake(`--${found} is given without a value`);
    options[found] = text;
  }
  return { words, options };
}

const isOption = (word: string | undefined, known: readonly string[]): boolean =>
  known.some((option) => word === `--${option}` || word?.startsWith(`--${option}=`));

function onlyEnvironment(words: readonly string[]): string | null {
  if (words.length > 1) throw new Mistake('it takes one environment at most');
  return name(words[0], 'environment');
}

/** `web`, or `shop/web` where a repository has had several projects. */
function service(word: string | undefined): string | null {
  const [first, second, ...more] = word?.split('/') ?? [];
  if (more.length > 0) throw new Mistake('no service has such a name: say SERVICE, or PROJECT/SERVICE');
  name(first, 'service');
  name(second, 'service');
  return word ?? null;
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
