import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { deploymentId } from '../../../contracts/core/ids.ts';
import type { Database } from '../../../store/open.ts';
import { recordDeployment, recordDeploymentState, recordLive } from '../../../store/queries/record-deployment.ts';
import { recordRelease } from '../../../store/queries/record-release.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';

/**
 * The store hears that a release has gone live in an environment, as from its deployment.
 *
 * @param isHeard - whether the environment has been heard by now
 */
export async function recordAsLive(db: Database, release: ReleaseInput, environment: string, isHeard = true) {
  const settings = release.environments.find(({ name }) => name === environment);
  if (!settings) throw new Error(`the release does not go to ${environment}`);
  const key = { ...release.key, environment };
  const id = deploymentId(key, release.sequence);
  const digest = release.image?.digest ?? digestOf(release.commit);
  const image = `registry.test/shop/web@${digest}`;
  const { releaseId, sequence, byName, origin, ref, commit, subject, actor, settings: service } = release;
  await recordRelease(db, release);
  const request = {
    ...{ deploymentId: id, releaseId, key, sequence, byName, origin, ref, commit, subject, actor, image, digest },
    ...{ settings: service, environment: settings, requester: 'nobody' },
  };
  await recordDeployment(db, { request, at: 1 });
  await recordDeploymentState(db, { deploymentId: id, state: 'live', at: 2, generation: sequence });
  const now = { deploymentId: id, sequence, generation: sequence, commit, image, digest };
  if (isHeard) await recordLive(db, { key, at: 3 + sequence, live: now, previous: null });
  return { digest, image };
}
