/** The words that several verbs take: services, environments, releases. Pure. */
import { isName } from '../../core/names.ts';
import { take } from '../command-options.ts';
import { Mistake } from '../command-options.ts';
import { firstWord, selectorOf, undressed } from '../selector.ts';

const MAX_WORDS = 500;

/** A release or deployment. */
export interface OfWork {
  readonly service: string | null;
  /** A release's or a deployment's id; `null`: the one that is meant by where the comment stands. */
  readonly id: string | null;
}

/** `[environment]` and `--service`. */
export function inEnvironment(line: string): InEnvironment {
  const { words, options } = take(line, ['service']);
  return environmentNamed(words, options.service);
}

/** `[id]` and `--service`. */
export function ofWork(line: string): OfWork {
  const { words, options } = take(line, ['service']);
  const [word, ...more] = words;
  if (more.length > 0) throw new Mistake('it takes one id at most');
  return { service: serviceNamed(options.service), id: word === undefined ? null : workId(word) };
}

/** `[id]` and free words; what stands before them may say about which. */
export function decided(line: string): OfWork & { readonly note: string } {
  let rest = line;
  let of: string | null = null;
  const option = /^--service(?:=|\s+)(\S+)(?:\s+|$)/.exec(rest);
  if (option) {
    of = serviceNamed(option[1]);
    rest = rest.slice(option[0].length);
  }
  if (SERVICE_OPTION.test(rest)) throw new Mistake('--service is given once, and stands before the words');
  const first = firstWord(rest);
  if (first.kind === 'unclear') throw new Mistake(NO_ID);
  const id = first.kind === 'selector' ? first.selector.id : null;
  const note = first.kind === 'selector' ? first.rest : rest.trim();
  return { service: of, id, note: bounded(note) };
}

const NO_ID = "that is no release's or deployment's id, such as shop.web.42";
const SERVICE_OPTION = /(?:^|\s)[-–—]+service(?:[=\s]|$)/;

/** @throws {Mistake} */
function workId(word: string): string {
  const found = selectorOf(word);
  if (!found || found.kind === 'job') throw new Mistake(NO_ID);
  return found.id;
}

/** @throws {Mistake} */
export function wayBack(word: string): string {
  const found = selectorOf(word);
  if (found && found.kind !== 'job' && found.kind !== 'digest') return found.id;
  throw new Mistake("it goes back to a deployment's id or number, or to seven digits or more of a commit");
}

/** `production`, or as the command line takes it: `shop/web production`; and as it is printed: `shop.web.production`. */
export function environmentNamed(words: readonly string[], option: string | undefined): InEnvironment {
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
    return { service: serviceNamed(`${project}/${name0}`), environment: onlyEnvironment(words0) };
  }
  return { service: serviceNamed(option), environment: onlyEnvironment(named) };
}

/** The environment, and its service as `web` or `shop/web` where a repository has several; `null`: the only one. */
export interface InEnvironment {
  readonly service: string | null;
  readonly environment: string | null;
}

function onlyEnvironment(words: readonly string[]): string | null {
  if (words.length > 1) throw new Mistake('it takes one environment at most');
  return name(words[0], 'environment');
}

/** `web`, or `shop/web` where a repository has had several projects. */
function serviceNamed(word: string | undefined): string | null {
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

export function bounded(text: string): string {
  if (text.length > MAX_WORDS) throw new Mistake(`its words are longer than ${MAX_WORDS} characters`);
  return text;
}
