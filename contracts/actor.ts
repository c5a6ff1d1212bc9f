/** Who or what caused something. `name`: a GitHub login, a token's or deploy secret's name, `github` for an event without a sender. */
export interface Actor {
  readonly kind: 'github' | 'token' | 'ci' | 'system';
  readonly name: string;
}
