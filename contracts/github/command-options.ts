/** The options of a command by comment, apart from its words. Pure. */
import { isOption as looksLikeOption } from './selector.ts';

/** Says what is wrong; never repeats what was written. */
export class Mistake extends Error {}

type Option = 'service' | 'to' | 'for' | 'reason' | 'force';
const FLAGS: ReadonlySet<string> = new Set(['force'] satisfies Option[]);
/** Goes on until the next option. */
const WORDY: ReadonlySet<string> = new Set(['reason'] satisfies Option[]);
/** Options apart from the other words: `--for 2h`, `--for=2h`. */
export function take<O extends Option>(
  line: string,
  known: readonly O[],
): { readonly words: readonly string[]; readonly options: Readonly<Partial<Record<O, string>>> } {
  const words: string[] = [];
  const options: Partial<Record<O, string>> = {};
  const queue = line.split(/\s+/).filter((word) => word !== '');
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const [, option, , inline] = /^--([a-z]+)(=(.*))?$/.exec(word) ?? [];
    if (option === undefined) {
      if (looksLikeOption(word) || word.startsWith('-')) throw new Mistake('it does not know that option');
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
    if (FLAGS.has(found) && !/^(?:true|false)?$/i.test(text)) throw new Mistake(`--${found} takes no value`);
    // `--force=false` means that it was not given.
    if (FLAGS.has(found) && /^false$/i.test(text)) continue;
    options[found] = text;
  }
  return { words, options };
}

const isOption = (word: string | undefined, known: readonly string[]): boolean =>
  known.some((option) => word === `--${option}` || word?.startsWith(`--${option}=`));
