/** Rows as admission and the records activities write them. */
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import { buildId, releaseId } from '../../contracts/core/ids.ts';
import type { DeploymentState } from '../../contracts/deployment/states.ts';
import type { Store } from '../../store/open.ts';
import { findLive } from '../../store/queries/live-deployment.ts';
import { recordBuild, recordBuildState } from '../../store/queries/record-build.ts';
import {
  recordDeployment,
  recordDeploymentState,
  recordLive,
  recordStep,
} from '../../store/queries/record-deployment.ts';
import { recordRelease, recordReleaseResult } from '../../store/queries/record-release.ts';
import { declareService, saveServices } from '../../store/queries/services.ts';
import {
  deploymentRequest,
  environmentSettings,
  releaseInput,
  serviceSettings,
} from '../support/simulation/fixtures.ts';

export const KEY = { project: 'shop', service: 'web' } as const;
export const NOON = Date.UTC(2026, 0, 2, 12);

/** The service `shop.web` with a staging and a production environment. */
export async function seedService({ db }: Pick<Store, 'db'>): Promise<void> {
  await declareService(db, { ...KEY, cloneUrl: 'https://git.test/acme/shop.git', branch: 'main' });
  const environment = (name: string) => ({
    settings: environmentSettings(name, ['host-a']),
    branch: 'main',
    autoDeploy: true,
  });
  await saveServices(db, KEY.project, [
    {
      service: KEY.service,
      branch: 'main',
      settings: serviceSettings,
      environments: [environment('staging'), environment('production')],
    },
  ]);
}

interface DeploymentSeed {
  readonly sequence: number;
  readonly environment?: string;
  readonly state?: DeploymentState;
  readonly at?: number;
  readonly subject?: string;
  readonly actor?: string;
  readonly urls?: readonly string[];
  readonly failure?: FailureRecord;
  readonly leftovers?: readonly string[];
  readonly detail?: string;
  readonly rollbackTo?: string;
  /** The one host by default. */
  readonly places?: readonly PlaceRef[];
}

/** A release with its finished build and one deployment, in whatever state. @returns the deployment's id */
export async function seedDeployment({ db }: Pick<Store, 'db'>, seed: DeploymentSeed): Promise<string> {
  const { sequence, environment = 'production', state = 'live', at = NOON, subject, actor = 'ada' } = seed;
  const words = { ...(subject !== undefined && { subject }), actor: { kind: 'github', name: actor } as const };
  const back = seed.rollbackTo !== undefined && { rollbackTo: seed.rollbackTo };
  const usual = environmentSettings(environment, ['host-a']);
  const settings = { ...usual, target: { ...usual.target, ...(seed.places && { places: seed.places }) } };
  const release = { ...releaseInput({ key: KEY, sequence, environments: [settings] }), ...words, ...back };
  const request = { ...deploymentRequest({ key: { ...KEY, environment }, sequence, hosts: ['host-a'] }), ...words };
  await recordRelease(db, release);
  await seedBuild({ db }, sequence, at);

  const id = request.deploymentId;
  await recordDeployment(db, { request, at: at + 9_000 });
  if (state === 'queued') return id;
  for (const [index, step] of (['prepare', 'capture', 'switch'] as const).entries()) {
    const common = { deploymentId: id, step, place: 'host-a' };
    const startedAt = at + 9_000 + index * 2_000;
    await recordStep(db, { ...common, state: 'running', at: startedAt });
    if (state === 'switching' && step === 'switch') continue;
    const ended = state === 'rolled_back' && step === 'switch' ? 'failed' : 'done';
    await recordStep(db, {
      ...common,
      state: ended,
      at: startedAt + 1_700,
      ...(seed.detail && { detail: seed.detail }),
    });
  }
  const { urls = ['http://127.0.0.1:20080'], failure, leftovers } = seed;
  await recordDeploymentState(db, {
    deploymentId: id,
    state,
    at: at + 16_000,
    generation: sequence,
    urls,
    healthAttempts: 2,
    ...(failure && { failure }),
    ...(leftovers && { leftovers }),
  });
  if (state === 'live') {
    const { commit, image, digest } = request;
    const live = { deploymentId: id, sequence, generation: sequence, commit, image, digest };
    const before = await findLive(db, request.key);
    await recordLive(db, { key: request.key, at: at + 16_000, live, previous: before?.live ?? null });
  }
  if (state === 'live' || state === 'rolled_back') {
    const outcome = state === 'live' ? 'completed' : 'failed';
    const result = { outcome, stages: [], ...(failure && { failure }) } as const;
    await recordReleaseResult(db, { releaseId: release.releaseId, at: at + 17_000, result });
  }
  return id;
}

/** A completed build of that release. */
async function seedBuild({ db }: Pick<Store, 'db'>, sequence: number, at = NOON): Promise<string> {
  const { releaseId: release, commit, origin, extraTags } = releaseInput({ key: KEY, sequence, environments: [] });
  const id = buildId(releaseId(KEY, sequence));
  const { digest, image } = deploymentRequest({ key: { ...KEY, environment: 'production' }, sequence, hosts: [] });
  const build = { buildId: id, key: KEY, origin, commit, settings: serviceSettings.build, extraTags };
  await recordBuild(db, { build, releaseId: release, at });
  for (const [index, state] of (['pending', 'claimed', 'cloning', 'building', 'pushing'] as const).entries()) {
    await recordBuildState(db, { buildId: id, state, at: at + index * 1_500, ...(index > 0 && { host: 'builder-1' }) });
  }
  await recordBuildState(db, {
    buildId: id,
    state: 'completed',
    at: at + 8_000,
    host: 'builder-1',
    builder: 'dockerfile',
    image,
    digest,
    bases: [{ image: 'node:24', digest: `sha256:${'ba5e'.repeat(16)}` }],
    tags: [commit, 'latest'],
  });
  return id;
}
