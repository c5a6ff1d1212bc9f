/** A simulated build host and the registry that it pushes to. */
import type { BuildActivities, ClaimActivities } from '../../../activities/build/build.port.ts';
import { serviceId } from '../../../contracts/ids.ts';
import { digestOf } from './fixtures.ts';

export interface SimulatedBuilder {
  readonly name: string;
  readonly activities: BuildActivities;
  /** `fetch shop.web.1`, `build …`, `push …`, `clean …`, in order. */
  readonly effects: readonly string[];
}

/** A build that claims again is given to the next one. */
export function createSimulatedClaim(builders: readonly string[]): ClaimActivities {
  const claims = new Map<string, number>();
  return {
    async claimBuild({ buildId }) {
      const claimed = claims.get(buildId) ?? 0;
      claims.set(buildId, claimed + 1);
      return { host: builders[claimed % builders.length] ?? 'nobody' };
    },
  };
}

export function createSimulatedBuilder(name: string): SimulatedBuilder {
  const effects: string[] = [];
  return {
    name,
    effects,
    activities: {
      async fetchSource({ build }) {
        effects.push(`fetch ${build.buildId}`);
      },
      async buildImage({ build }) {
        effects.push(`build ${build.buildId}`);
        return { builder: 'dockerfile' };
      },
      async pushImage({ build }) {
        effects.push(`push ${build.buildId}`);
        const digest = digestOf(build.commit);
        const image = `registry.test/${serviceId(build.key).replace('.', '/')}@${digest}`;
        return { image, digest, tags: [build.commit, ...build.extraTags] };
      },
      async cleanBuild({ build }) {
        effects.push(`clean ${build.buildId}`);
      },
    },
  };
}
