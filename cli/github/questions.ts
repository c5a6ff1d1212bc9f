import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { TrialChoice } from '../../contracts/github/app-preflight.ts';
import { CliError } from '../cli-error.ts';
import { plainText } from '../show/plain.ts';
import { textTable } from '../show/table.ts';

interface QuestionsOptions {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
  readonly signal: AbortSignal;
  /** Milliseconds to wait for one answer from an input that is no terminal: its answers should be ready. */
  readonly pipeWaitMs?: number;
}

interface Question {
  /** `Which repository?` */
  readonly text: string;
  /** The first is what an empty answer means. */
  readonly choices: readonly TrialChoice[];
  /** `OWNER/NAME`: what may be answered instead of a number. */
  readonly other: string;
  readonly isOther: (answer: string) => boolean;
}

export interface Questions {
  /**
   * Repeats the question until the answer is the number of a choice, or another valid value.
   * @throws CliError when no answer comes, or none is valid
   */
  choose(question: Question): Promise<string>;
  close(): void;
}

const PIPE_WAIT_MS = 10_000;
const MOST_TRIES = 5;

export function createQuestions({ input, output, signal, pipeWaitMs = PIPE_WAIT_MS }: QuestionsOptions): Questions {
  // Not readline's own terminal: it would take Ctrl-C for itself, and nothing is edited here.
  const reader = createInterface({ input, terminal: false, signal });
  const lines = reader[Symbol.asyncIterator]();

  async function answer(): Promise<string> {
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const timer = input.isTTY === true ? undefined : setTimeout(() => reject(nobody('no answer came')), pipeWaitMs);
    try {
      const next = await Promise.race([lines.next(), tooLate]);
      signal.throwIfAborted();
      if (next.done) throw nobody('the input has ended');
      return next.value.trim();
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async choose({ text, choices, other, isOther }) {
      const rows = choices.map(({ value, about }, index) => [
        `  ${String(index + 1)}`,
        plainText(value),
        plainText(about),
      ]);
      output.write(`\n${text}\n${textTable(rows)}\n`);
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        output.write(`Number (1), or ${other}: `);
        const given = await answer();
        // A pipe shows nothing of what is answered.
        if (input.isTTY !== true) output.write(`${plainText(given)}\n`);
        const chosen = given === '' ? choices[0] : choices[Number(given) - 1];
        if (chosen) return chosen.value;
        if (given !== '' && !/^\d+$/.test(given) && isOther(given)) return given;
        output.write(`That is neither a number from 1 to ${String(choices.length)} nor ${other}.\n`);
      }
      throw new CliError(
        'Ask what to try',
        'no answer was one of the choices',
        'Start again, or name it with an option.',
      );
    },
    close: () => reader.close(),
  };
}

const nobody = (why: string) =>
  new CliError(
    'Ask what to try',
    why,
    'Answer in a terminal, or use `landfall github try --repository OWNER/NAME` without --interactive.',
  );
