import { stripVTControlCharacters } from 'node:util';

/** Control characters, and those that turn the direction of what follows (Unicode "Bidi_Control"). */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}]/gu;

/**
 * Text from elsewhere (a commit's subject, a build's output) made safe to print: no escape code in it may recolour,
 * retitle or rewrite the reader's terminal.
 */
export const plainText = (text: string): string =>
  stripVTControlCharacters(text).replaceAll('\t', ' ').replaceAll(UNPRINTABLE, '');

/** The same for text of several lines: those after the first begin with `indent`. */
export const plainLines = (text: string, indent: string): string =>
  text.trimEnd().split(/\r?\n/).map(plainText).join(`\n${indent}`);
