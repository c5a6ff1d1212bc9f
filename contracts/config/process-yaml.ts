/** Arguments and variables of a process in landfall.yaml, within what the kernel takes (execve(2)). */
import { z } from 'zod';
import { MAX_RUN_BYTES, utf8Length, whyTooLarge } from './variables.ts';

const MAX_COMMAND_BYTES = 128 * 1024;

/** A process cannot be given NUL, which ends an argument, nor half a character, which no encoding has. */
const isText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** With the pointer that the kernel needs for each. */
const bytesOf = (words: readonly string[]): number =>
  words.reduce((sum, word) => sum + utf8Length(word.toWellFormed()) + 9, 0);

/** A program and its arguments. */
export const words = z
  .array(z.string().max(4096).refine(isText, 'use text without NUL characters'))
  .min(1)
  .max(64)
  .refine(([program]) => program !== '', 'name a program first')
  .refine((all) => bytesOf(all) <= MAX_COMMAND_BYTES, `a command has ${MAX_COMMAND_BYTES} bytes at most`);

/** Refuses variables and arguments that are too large together, by name and size. Each value was checked before. */
export function checkProcess(
  { what, field, variables }: { what: string; field: string; variables: Readonly<Record<string, string>> },
  args: readonly string[],
  context: z.RefinementCtx,
): void {
  const all = Object.entries(variables);
  const sizes = new Map(all.map(([name, value]) => [name, utf8Length(value.toWellFormed())]));
  if (args.length > 0) sizes.set('command', bytesOf(args));
  const why = whyTooLarge(what, MAX_RUN_BYTES, sizes);
  if (why !== undefined) context.addIssue({ code: 'custom', path: [field], message: why });
}
