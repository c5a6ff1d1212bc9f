/**
 * People's names for a release or deployment: any id that Landfall prints, however it was copied (in backticks, quoted,
 * in bold, as a link, with the full stop of its sentence, in upper case). Pure.
 */
import { isName } from '../core/names.ts';
import { protectedRunOf } from './protection.ts';

export type SelectorKind = 'release' | 'build' | 'deployment' | 'job' | 'number' | 'commit' | 'digest';

export interface Selector {
  readonly kind: SelectorKind;
  /** Without anything that was around it; of a number its digits. */
  readonly id: string;
}

/**
 * The kinds of a first word: a selector; a word of people's own; or something that looks like a selector and is none.
 */
export type FirstWord =
  | { readonly kind: 'selector'; readonly selector: Selector; readonly rest: string }
  | { readonly kind: 'words' }
  | { readonly kind: 'unclear' };

const NUMBER = /^[1-9]\d{0,14}$/;
const COMMIT = /^(?=.*\d)[0-9a-f]{7,64}$/;
const DIGEST = /^sha256:[0-9a-f]{7,64}$/;
/** `[text](address)`, which may hold white space. */
const LINK = /^[*_~"'“‘]*!?\[([^\]\r\n]*)\]\(\s*<?([^)>\s]*)>?[^)\r\n]*\)[*_~"'”’]*[.,;:!?]*/;
const OPENING = '`*_~"\'“”„‘’«»<>()[]{}';
const CLOSING = `${OPENING}.,;:!?…`;
/** Pages of ours. */
const PAGE = /\/(?:api\/)?(releases|builds|deployments)\/([^/?#\s]+)/i;
/** Dots or slashes inside a word, as ids, versions and addresses have them. */
const STRUCTURED = /^[^\s./:]+(?:\.[^\s.]+){2,}$|\.\d+$|^\/|:\/\/|^www\.|^#/;

/** @returns the word without quotation marks, emphasis, brackets, and the punctuation behind it */
export function undressed(word: string): string {
  let from = 0;
  let to = word.length;
  while (from < to && OPENING.includes(word.charAt(from))) from += 1;
  while (to > from && CLOSING.includes(word.charAt(to - 1))) to -= 1;
  return word.slice(from, to);
}

/** An id by itself, as it was copied from anywhere. @returns `undefined` for anything else */
export function selectorOf(text: string): Selector | undefined {
  const word = undressed(text.trim()).toLowerCase().replace(/\/$/, '');
  const page = PAGE.exec(word);
  if (page) {
    const found = idSelector(decoded(page[2] ?? ''));
    return found && `${found.kind}s` === page[1] ? found : undefined;
  }
  const number = word.replace(/^#/, '');
  if (NUMBER.test(number)) return { kind: 'number', id: number };
  if (COMMIT.test(word)) return { kind: 'commit', id: word };
  if (DIGEST.test(word)) return { kind: 'digest', id: word };
  return idSelector(word);
}

/** See contracts/core/ids.ts for how ids are made. */
function idSelector(word: string): Selector | undefined {
  if (protectedRunOf(word)) return { kind: 'job', id: word };
  const parts = word.split('.');
  const last = parts.at(-1) ?? '';
  if (!NUMBER.test(last) || !parts.slice(0, -1).every(isName)) return undefined;
  if (parts.length === 3) return { kind: 'release', id: word };
  if (parts.length !== 4) return undefined;
  return { kind: NUMBER.test(parts[2] ?? '') ? 'build' : 'deployment', id: word };
}

/** Reads the beginning of free words. A person who means something in particular must not be heard to mean anything. */
export function firstWord(text: string): FirstWord {
  const link = LINK.exec(text);
  const [word = ''] = link ?? text.split(/\s/, 1);
  const rest = text.slice(word.length).trim();
  const selector = link ? (selectorOf(link[2] ?? '') ?? selectorOf(link[1] ?? '')) : selectorOf(word);
  if (selector) return { kind: 'selector', selector, rest };
  if (link) return { kind: 'unclear' };
  const bare = undressed(word);
  return STRUCTURED.test(bare) || isOption(bare) ? { kind: 'unclear' } : { kind: 'words' };
}

/** `--env`, `-e`, and what telephones make of it. A dash by itself is a word. */
export const isOption = (word: string): boolean => /^[-–—]+[a-z]/i.test(word);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
