import { skipped, type Decision } from '../../contracts/admission/decision.ts';
import { own, type ServiceKey } from '../../contracts/core/keys.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import { isTouched, matchingWork } from '../../contracts/config/path-filter.ts';
import type { EnvironmentSettings, SourceOrigin } from '../../contracts/config/service.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { DeliveryDeps } from './evaluation.ts';

interface Bringing {
  readonly key: ServiceKey;
  /** `undefined`: every commit is news. */
  readonly patterns: readonly string[] | undefined;
  readonly environments: readonly EnvironmentSettings[];
}

interface Touched {
  /** The environments to which the commit brings something new. */
  readonly environments: readonly EnvironmentSettings[];
  readonly untouched: readonly Decision[];
}

interface At {
  readonly origin: SourceOrigin;
  readonly ref: string;
  readonly commit: string;
}

/**
 * Applies the services' `paths` to the environments that a commit would go to. The commit is compared with the last one
 * that each environment was given, not with the push's own beginning: pushes in between may have been left out, or
 * lost. A release that failed or was cancelled brought nothing, and landfall.yaml itself always counts. Any uncertainty
 * (a first release, rewritten history, more files than GitHub lists) deploys.
 */
export function createPathFilter(
  { catalogue, source }: DeliveryDeps,
  { origin, ref, commit }: At,
  signal: AbortSignal,
): (bringing: Bringing) => Promise<Touched> {
  const work = matchingWork();
  const compared = new Map<string, Promise<readonly string[] | undefined>>();
  const changedSince = async (base: string): Promise<readonly string[] | undefined> => {
    // The same commit again is admission's to answer: it knows the release.
    if (origin.kind !== 'github' || base === commit) return undefined;
    const changed = compared.get(base) ?? source.gitHub.changedPaths(origin, base, commit, signal);
    compared.set(base, changed);
    return changed;
  };

  return async ({ key, patterns, environments }) => {
    if (patterns === undefined) return { environments, untouched: [] };
    const wanted = [...patterns, LANDFALL_YAML];
    const last = await catalogue.broughtLast(
      key,
      ref,
      environments.map(({ name }) => name),
    );
    const touched: EnvironmentSettings[] = [];
    const untouched: Decision[] = [];
    for (const one of environments) {
      const base = own(last, one.name);
      const changed = base === undefined ? undefined : await changedSince(base);
      if (!changed || isTouched(wanted, changed, work)) touched.push(one);
      else untouched.push(untouchedSince(base ?? '', { ...key, environment: one.name, ref, commit }));
    }
    return { environments: touched, untouched };
  };
}

const untouchedSince = (base: string, about: ServiceKey & Partial<Decision>): Decision =>
  skipped('paths_untouched', `${about.service}: nothing in its paths has changed since ${shortCommit(base)}`, about);
