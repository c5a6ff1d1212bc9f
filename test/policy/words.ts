/** The form of sentences here: the subject first, and nouns for people and things. */

/** These begin a noun clause or a phrase that waits for its subject: "Whose clock is behind …", "Of a release: …". */
const DANGLING = /^(of|by|as|where|what|whatever|whose|whether|which|who|whoever|whom|how|why)\b/i;
/** "When it was built." is half a sentence; "When it is full, the oldest goes." is a whole one. */
const HALF = /^(when|until|since)\b[^,:;]*$/i;
/** Words that leave out who does a thing; the noun says it. */
const VAGUE = /\b(nobody|somebody|told|asked|said)\b/i;

/** Names in backticks are code, and so are the tags of a docstring. */
const words = (text: string): string => text.replaceAll(/`[^`]*`/g, '‹code›').replace(/^@(?:param \S+ -|\w+)\s+/, '');
const firstSentence = (text: string): string => words(text).split(/(?<=[.!?])\s/)[0] ?? '';

export const dangles = (text: string): boolean => DANGLING.test(words(text)) || HALF.test(firstSentence(text));
export const isVague = (text: string): boolean => VAGUE.test(words(text));
