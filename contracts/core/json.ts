/**
 * Reads a text from outside as JSON; `undefined` when it is none. Made for a schema's `safeParse`, whose one answer
 * then covers both text that is not JSON and JSON of another form. No word of the text can get into an error.
 */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
