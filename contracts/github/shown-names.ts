/**
 * Names that GitHub shows: those of check runs, of labels, and the words on buttons. What is written to GitHub
 * (activities/github/octokit.ts) takes these types only, which the functions below alone make.
 */
import { FailureType, failure } from '../core/failures.ts';
import { oneLine, type Line } from '../core/markdown.ts';
import { firstPart } from '../core/text.ts';

declare const CHECK: unique symbol;
declare const LABEL: unique symbol;
declare const BUTTON: unique symbol;
/** The name of a check run, by which a branch rule can require it. */
export type CheckName = Line & { readonly [CHECK]: true };
export type LabelName = Line & { readonly [LABEL]: true };
/** Words of ours on a button of a check run, in at most so many characters. */
export type ButtonText<Limit extends number> = Line & { readonly [BUTTON]: Limit };

/** GitHub says no limit; this is that of a check run's title. */
const MAX_CHECK_NAME = 255;
const MAX_LABEL_NAME = 50;

/** A name in one line, without its end where it is too long. Others' text is in it: an environment of GitHub Actions. */
export const checkName = (text: string): CheckName => oneLine(firstPart(oneLine(text), MAX_CHECK_NAME)) as CheckName;

/** @throws `InvalidRequest` for what GitHub takes for no label, or for several: a list of labels has commas between them */
export function labelName(text: string): LabelName {
  if (text !== '' && text === oneLine(text) && text.length <= MAX_LABEL_NAME && !text.includes(',')) {
    return text as LabelName;
  }
  throw failure(
    FailureType.InvalidRequest,
    `A label on GitHub has 1 to ${MAX_LABEL_NAME} characters in one line, without a comma; this name is none.`,
  );
}

type Characters<Count extends number, Some extends readonly unknown[] = []> = Some['length'] extends Count
  ? Some
  : Characters<Count, [...Some, unknown]>;
/** `''`, or the rest of a text that is longer. */
type Beyond<Text extends string, Skip extends readonly unknown[]> = Skip extends [unknown, ...infer Less]
  ? Text extends `${string}${infer Rest}`
    ? Beyond<Rest, Less>
    : ''
  : Text;
/** The literal itself where it fits, in one line; any other text, and any that is not a literal, does not compile. */
export type Fitting<Text extends string, Limit extends number> = string extends Text
  ? never
  : Text extends `${string}\n${string}`
    ? never
    : Beyond<Text, Characters<Limit>> extends ''
      ? Text
      : never;

/** A button's label, or its identifier (GitHub REST, "Create a check run"). */
export const buttonLabel = <const Text extends string>(text: Fitting<Text, 20>): ButtonText<20> =>
  oneLine(text) as ButtonText<20>;
export const buttonDescription = <const Text extends string>(text: Fitting<Text, 40>): ButtonText<40> =>
  oneLine(text) as ButtonText<40>;
