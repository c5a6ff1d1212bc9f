/**
 * A preview: the environment of a pull request. No file lists it; it is made from the template that the default branch
 * has below `previews`, and it ends (docs/adr/0038-a-preview-is-an-environment-that-ends.md).
 */
import { previewEnvironment } from '../core/preview-names.ts';
import type { PreviewsOfFile } from './previews-yaml.ts';
import type { EnvironmentSettings } from './service.ts';
import { filledTarget, targetSettings, writtenTarget } from './targets/targets.ts';
import { milliseconds } from './yaml-fields.ts';

/** The part of landfall.yaml that is read: the default branch's. */
interface FileWithPreviews {
  readonly previews?: PreviewsOfFile | undefined;
}

/** The preview of a pull request, as one service sees it; `undefined` when previews do not run that service. */
export function previewSettings(
  { previews }: FileWithPreviews,
  number: number,
  service: string,
): EnvironmentSettings | undefined {
  const target = previews && targetSettings(filledTarget(previews.target, number), service);
  if (!target) return undefined;
  return { name: previewEnvironment(number), production: false, target, queue: 'supersede', preview: { number } };
}

/** The rules for previews of a repository. All times in milliseconds. */
export interface PreviewRules {
  /** The services that a preview has, in the file's order. */
  readonly services: readonly string[];
  readonly ttlMs: number;
  /** The most that is left after it was extended. */
  readonly extendMaxMs: number;
  /** Pull requests that get a preview without a request: one of these labels, or one of these logins. */
  readonly automatic: { readonly labels: readonly string[]; readonly authors: readonly string[] };
  /** The number that may be there at once; more wait. */
  readonly limits: { readonly repository: number; readonly person: number };
  readonly forks: PreviewsOfFile['forks'];
}

/** @returns `undefined` for a file without previews */
export function previewRules({ previews }: FileWithPreviews): PreviewRules | undefined {
  if (!previews) return undefined;
  const { target, ttl, extendMax, automatic, limits, forks } = previews;
  return {
    services: writtenTarget(target).services.map(({ service }) => service),
    ttlMs: milliseconds(ttl),
    extendMaxMs: milliseconds(extendMax),
    automatic,
    limits,
    forks,
  };
}
