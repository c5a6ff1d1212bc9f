/**
 * Fewer digits than this always fit into a number. A value follows one of these signs; commits such as 0000…, which stand
 * in every push, follow a quote.
 */
const MAYBE_TOO_LARGE = /(?:^|[:,[])\s*-?\d{16}/;
/** No id has more digits than an int64; longer ones cost time that grows with the square of their length. */
const INTEGER = /^-?\d{1,40}$/;

/**
 * `JSON.parse` without its one silent loss: integers of up to 40 digits that a number cannot hold become bigints.
 * @throws SyntaxError as that does
 */
export function parseLossless(text: string): unknown {
  if (!MAYBE_TOO_LARGE.test(text)) return JSON.parse(text);
  return JSON.parse(text, exact);
}

/** The source text is what the value was parsed from (ECMAScript, "JSON.parse source text access"). */
function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return INTEGER.test(source) ? BigInt(source) : value;
}
