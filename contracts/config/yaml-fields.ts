/** Kinds of values that several parts of landfall.yaml take. */
import { z } from 'zod';
import { parseDuration } from '../core/duration.ts';
import { NAME } from '../core/names.ts';

export const name = z.string().regex(NAME, 'use lower-case letters, digits and dashes, 40 at most');
/** A text that has to be right: `whyNot` says what is wrong with it, in words with what to write. */
export const checked = (whyNot: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = whyNot(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

export const port = z.int().min(1).max(65_535);

/** `30s`, `15m`, `2h`, within these limits. */
export const duration = (least: string, most: string) =>
  z.string().refine((text) => {
    const ms = parseDuration(text);
    return ms !== undefined && ms >= (parseDuration(least) ?? 0) && ms <= (parseDuration(most) ?? 0);
  }, `use a duration from ${least} to ${most}, such as 30s, 15m or 2h`);

/** The length of a {@link duration} that has been checked. */
export const milliseconds = (text: string): number => parseDuration(text) ?? 0;
