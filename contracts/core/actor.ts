/**
 * The person or thing that caused something. `name`: a GitHub login, a token's or deploy secret's name, `github` for an
 * event without a sender.
 */
export interface Actor {
  readonly kind: 'github' | 'token' | 'ci' | 'system';
  readonly name: string;
}

/** The author of Landfall's own actions in the audit trail. */
export const SYSTEM: Actor = { kind: 'system', name: 'landfall' };

/** True when both came through the same door under the same name. */
const isSameActor = (one: Actor, other: Actor): boolean => one.kind === other.kind && one.name === other.name;

/**
 * True when both are one person, who has as many doors as there are kinds: a GitHub login and an access token of that
 * name belong together.
 */
export const isOnePerson = (one: Actor, other: Actor): boolean =>
  isSameActor(one, other) || personOf(one) === personOf(other);

/** GitHub's logins are the same in upper and lower case. */
const personOf = ({ kind, name }: Actor): string =>
  kind === 'github' || kind === 'token' ? `person:${name.toLowerCase()}` : `${kind}:${name}`;
