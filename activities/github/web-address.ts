declare const PEOPLE_FOLLOW_IT: unique symbol;
/** An address that GitHub shows as a link. */
export type WebAddress = string & { readonly [PEOPLE_FOLLOW_IT]: true };

/**
 * An address that a browser follows: without a password in it, and without anything that only looks like an address.
 */
const FOLLOWED = /^https?:\/\/[^\s\p{C}<>"'`\\@]+$/u;

/** @returns `undefined` for what is no such address; GitHub takes the rest without it */
export const webAddress = (text: string): WebAddress | undefined =>
  FOLLOWED.test(text) && URL.canParse(text) ? (text as WebAddress) : undefined;

/** The address of a check run's details. */
export function seenAt(text: string): { readonly details_url?: WebAddress } {
  const address = webAddress(text);
  return address === undefined ? {} : { details_url: address };
}
