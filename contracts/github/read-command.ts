/**
 * Reads a command at the very start of a comment: there nothing can be code or a quotation. Pure.
 *
 * By hand: a parser of command lines ends the process or prints for itself, and knows no commit, branch or deployment.
 */
import type { ReadCommand, Verb } from './command.ts';
import { Mistake } from './command-options.ts';
import { nearestVerb } from './nearest-verb.ts';
import { VERBS } from './verbs/verbs.ts';

/** `/cc` of another bot is unknown; `/usr/bin` and `/ deploy` are no command at all. */
const COMMAND = /^\/([a-z][a-z-]{0,30})(?:[^\S\r\n]+([^\r\n]*))?(?=[\r\n]|$)/i;
/** No command is longer. */
const MAX_LINE = 1_000;

/** @returns `null` for a comment that says nothing to us */
export function readCommand(comment: string): ReadCommand | null {
  const match = COMMAND.exec(comment);
  if (!match) return null;
  const verb = (match[1] ?? '').toLowerCase();
  if (!isVerb(verb)) return { kind: 'unknown', ...nearestVerb(verb) };
  try {
    const line = (match[2] ?? '').trim();
    if (line.length > MAX_LINE) throw new Mistake(`it is longer than ${MAX_LINE} characters`);
    return { kind: 'command', command: VERBS[verb].read(line) };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { kind: 'mistake', verb, problem: error.message };
  }
}

const isVerb = (word: string): word is Verb => Object.hasOwn(VERBS, word);
