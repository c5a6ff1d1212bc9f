/**
 * The shapes of credentials, to catch secrets that Landfall does not know. With a group, the group is the secret. Every
 * repetition is bounded or cannot overlap itself: these run over text that an attacker may choose.
 */
export const TOKEN_SHAPES: readonly RegExp[] = [
  // GitHub ("About authentication to GitHub", token formats); an installation token may hold a JWT.
  /gh[pousr]_[A-Za-z0-9_.-]{16,}/dg,
  /github_pat_[A-Za-z0-9_]{20,}/dg,
  // Landfall's own (cli/up/access-token.ts).
  /landfall_[A-Za-z0-9_-]{43}/dg,
  // GitLab, Slack, npm, Stripe-like.
  /glpat-[A-Za-z0-9_-]{20,}/dg,
  /xox[abeprs]-[A-Za-z0-9-]{10,}/dg,
  /npm_[A-Za-z0-9]{36}/dg,
  /[rs]k_live_[A-Za-z0-9]{16,}/dg,
  // AWS access key ids (IAM User Guide, "Unique identifiers").
  /(?:AKIA|ASIA)[A-Z0-9]{16}/dg,
  // JSON Web Tokens.
  /eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/dg,
  /bearer\s{1,8}([A-Za-z0-9._~+/=-]{8,})/dgi,
  /authorization\s{0,8}["']?\s{0,8}[:=]\s{0,8}["']?(?:basic|token)\s{1,8}([^\s"']{4,})/dgi,
  // https://user:password@host
  /:\/\/([^\s/"'<>]{1,512})@/dg,
];
