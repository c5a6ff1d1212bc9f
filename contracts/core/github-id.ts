/** Decimal text: GitHub's ids are int64, of which a JavaScript number holds only those below 2^53. */
export type GitHubId = string;

/** Histories and rows of before have ids as numbers. */
export const idText = (id: GitHubId | number): GitHubId => String(id);

const DECIMAL = /^[1-9]\d{0,18}$/;
const LARGEST = 2n ** 63n - 1n;

export const isGitHubId = (text: string): boolean => DECIMAL.test(text) && BigInt(text) <= LARGEST;
