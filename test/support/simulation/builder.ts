/** A simulated build host and the registry that it pushes to. */
import type { BuildActivities, ClaimActivities } from '../../../activities/build/build.port.ts';
import { serviceId } from '../../../contracts/core/ids.ts';
import { digestOf } from './fixtures.ts';

export interface SimulatedBuilder {
  readonly name: string;
  readonly activities: BuildActivities;
  /** `fetch shop.web.1`, `build …`, `push …`, `clean …`, in order. */
  readonly effects: readonly string[];
  /** Builds that were taken on and not cleaned up yet. */
  readonly slots: ReadonlySet<string>;
  take(buildId: string): void;
}

/** A build that claims again is given to the next one. */
export function createSimulatedClaim(builders: readonly SimulatedBuilder[]): ClaimActivities {
  const claims = new Map<string, number>();
  return {
    async claimBuild({ buildId }) {
      const claimed = claims.get(buildId) ?? 0;
      claims.set(buildId, claimed + 1);
      const builder = builders[claimed % builders.length];
      if (!builder) throw new Error('nobody builds here');
      builder.take(buildId);
      return { host: builder.name };
    },
  };
}

export function createSimulatedBuilder(name: string): SimulatedBuilder {
  const effects: string[] = [];
  const slots = new Set<string>();
  return {
    name,
    effects,
    slots,
    take: (buildId) => void slots.add(buildId),
    activities: {
      async fetchSource({ build }) {
        effects.push(`fetch ${build.buildId}`);
      },
      async buildImage({ build }) {
        effects.push(`build ${build.buildId}`);
        return { builder: 'dockerfile', bases: [{ image: 'alpine:3', digest: `sha256:${'b'.repeat(64)}` }] };
      },
      async pushImage({ build }) {
        effects.push(`push ${build.buildId}`);
        const digest = digestOf(build.commit);
        const image = `registry.test/${serviceId(build.key).replace('.', '/')}@${digest}`;
        return { image, digest, tags: [build.commit, ...build.extraTags] };
      },
      async cleanBuild({ build }) {
        effects.push(`clean ${build.buildId}`);
        slots.delete(build.buildId);
      },
    },
  };
}
