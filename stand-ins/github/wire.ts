/** JSON as GitHub writes it: ids are numbers of up to 64 bits. */
import type { GitHubId } from '../../contracts/core/github-id.ts';

/** An id in an answer or event. GitHub's types say number, which cannot hold it; {@link toJson} writes all digits. */
export const wire = (id: GitHubId): number => BigInt(id) as unknown as number;

/** TypeScript does not know `JSON.rawJSON` yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

export const toJson = (body: unknown): string =>
  JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? rawJSON(String(value)) : value));
