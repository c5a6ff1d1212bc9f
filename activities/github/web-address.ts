declare const PEOPLE_FOLLOW_IT: unique symbol;
/** An address that GitHub shows as a link. */
export type WebAddress = string & { readonly [PEOPLE_FOLLOW_IT]: true };

/** As people follow it in a browser, without a password in it and without what only looks like an address. */
const FOLLOWED = /^https?:\/\/[^\s\p{C}<>"'`\\@]+$/u;

/** @returns `undefined` for what is no such address; GitHub takes the rest without it */
export const webAddress = (text: string): WebAddress | undefined =>
  FOLLOWED.test(text) && URL.canParse(text) ? (text as WebAddress) : undefined;

/** Where a check run's details are. */
export function seenAt(text: string): { readonly details_url?: WebAddress } {
  const address = webAddress(text);
  return address === undefined ? {} : { details_url: address };
}
