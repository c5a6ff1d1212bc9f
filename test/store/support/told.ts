/** Deployments of `{project}.web`, as the records activities tell of them. */
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { deploymentId } from '../../../contracts/core/ids.ts';
import type { DeploymentState } from '../../../contracts/deployment/states.ts';
import { isDeploymentOutcome } from '../../../contracts/deployment/states.ts';
import type { Database } from '../../../store/open.ts';
import { findLive } from '../../../store/queries/live-deployment.ts';
import { recordBuild, recordBuildState } from '../../../store/queries/record-build.ts';
import { recordDeployment, recordDeploymentState, recordLive } from '../../../store/queries/record-deployment.ts';
import { recordRelease, recordReleaseResult } from '../../../store/queries/record-release.ts';
import { claimProject, saveServices } from '../../../store/queries/services.ts';
import { deploymentRequest, environment, gitHub, release, SETTINGS } from './samples.ts';

/** Another one for each number, also where only the beginning is shown. */
export const sha = (number: number): string => number.toString(16).padStart(7, '0').padEnd(40, '0');
export const digestOf = (number: number): string => `sha256:${number.toString(16).padStart(12, '0').padEnd(64, '0')}`;

/** The project with its service, in a staging and a production environment; of a repository on GitHub by default. */
export async function tellProject(db: Database, project: string, publicUrl?: string): Promise<void> {
  const origin = gitHub(project.replace(/\D/g, '') || '1');
  const source =
    publicUrl === undefined
      ? { origin, defaultBranch: 'main', private: true }
      : { origin: { kind: 'git', cloneUrl: publicUrl } as const };
  await claimProject(db, project, source);
  const listing = (name: string) => ({ settings: environment(name), branch: 'main', autoDeploy: true });
  const environments = ['staging', 'production'].map(listing);
  await saveServices(db, project, [{ service: 'web', branch: 'main', settings: SETTINGS, environments }]);
}

interface Told {
  readonly sequence: number;
  readonly state?: DeploymentState;
  readonly environment?: string;
  /** `null`: it was never admitted. */
  readonly generation?: number | null;
  /** Determines its commit and image. */
  readonly content?: number;
  readonly rollbackTo?: string;
  /** It is not built, but brings an image. */
  readonly broughtBy?: string;
  readonly at?: number;
}

/** Its release, its build, and itself. @returns its id */
export async function tellDeployment(db: Database, project: string, told: Told): Promise<string> {
  const { sequence, state = 'live', content = sequence, broughtBy, rollbackTo, at = Date.UTC(2026, 0, 1) } = told;
  const [commit, digest] = [sha(content), digestOf(content)];
  const image = `registry.example/${project}/web@${digest}`;
  const input: ReleaseInput = {
    ...release(project, sequence),
    commit,
    ...(rollbackTo !== undefined && { rollbackTo }),
    ...(broughtBy !== undefined && { image: { image, digest, builder: broughtBy } }),
  };
  const { releaseId } = input;
  await recordRelease(db, input);
  if (broughtBy === undefined) {
    const build = {
      buildId: releaseId,
      key: input.key,
      origin: input.origin,
      commit,
      settings: SETTINGS.build,
      extraTags: [],
    };
    await recordBuild(db, { build, releaseId, at });
    await recordBuildState(db, { buildId: releaseId, state: 'completed', at, image, digest, builder: 'railpack' });
  }

  const key = { ...input.key, environment: told.environment ?? 'production' };
  const id = deploymentId(key, sequence);
  const request = { ...deploymentRequest(input), key, deploymentId: id, image, digest };
  const generation = told.generation === undefined ? sequence : told.generation;
  await recordDeployment(db, { request, at });
  if (state === 'queued') return id;
  await recordDeploymentState(db, { deploymentId: id, state, at, ...(generation !== null && { generation }) });
  if (state === 'live' && generation !== null) {
    const live = { deploymentId: id, sequence, generation, commit, image, digest };
    const before = await findLive(db, key);
    await recordLive(db, { key, at: at + sequence, live, previous: before?.live ?? null });
  }
  if (isDeploymentOutcome(state)) {
    const outcome = state === 'live' ? 'completed' : 'failed';
    await recordReleaseResult(db, { releaseId, at, result: { outcome, stages: [] } });
  }
  return id;
}
