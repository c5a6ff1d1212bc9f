import { expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { createQuestions } from '../../../cli/github/questions.ts';

const question = {
  text: 'Which one?',
  choices: [
    { value: 'a', about: 'the first' },
    { value: 'b', about: 'the \u001b[31msecond' },
  ],
  other: 'a word',
  isOther: (answer: string) => answer.length > 1,
};

function open(options: { readonly isTTY?: boolean; readonly signal?: AbortSignal; readonly pipeWaitMs?: number }) {
  const { isTTY = false, signal = new AbortController().signal, pipeWaitMs = 50 } = options;
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  const questions = createQuestions({ input, output, signal, pipeWaitMs });
  return { input, questions, shown: () => String(output.read() ?? '') };
}

test('what is no terminal and has no answer ready is not waited for without end [A5]', async () => {
  const { questions } = open({});
  await expect(questions.choose(question)).rejects.toMatchObject({
    why: 'no answer came',
    todo: expect.stringContaining('without --interactive'),
  });
  questions.close();
});

test('a terminal is waited for, and an answer of several lines at once serves several questions [A5]', async () => {
  const { input, questions, shown } = open({ isTTY: true, pipeWaitMs: 0 });
  const both = (async () => [await questions.choose(question), await questions.choose(question)])();
  setImmediate(() => input.write('2\nanother\n'));
  expect(await both).toEqual(['b', 'another']);
  questions.close();
  const text = shown();
  expect(text).toContain('  2  b  the second');
  expect(text).not.toContain('\u001b');
});

test('Ctrl-C ends the question with its reason [A5]', async () => {
  const stop = new AbortController();
  const { questions } = open({ isTTY: true, signal: stop.signal });
  const asked = questions.choose(question);
  const reason = new Error('SIGINT');
  stop.abort(reason);
  await expect(asked).rejects.toBe(reason);
  questions.close();
});
