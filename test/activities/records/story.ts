/** Everything that workflows tell the store about one release, in the order in which it happens. */
import type { Telling } from '../../../activities/records/records.port.ts';
import type { LiveDeployment } from '../../../contracts/deployment/deployment.ts';
import type { BuildState, DeploymentState } from '../../../contracts/deployment/states.ts';
import { deploymentRequest, release, SETTINGS } from '../../store/support/samples.ts';

export interface Ending {
  readonly build: BuildState;
  readonly deployment: DeploymentState;
}

const PATHS: Partial<Record<DeploymentState, readonly DeploymentState[]>> = {
  live: ['preparing', 'switching', 'verifying', 'live'],
  failed: ['preparing', 'failed'],
  rolled_back: ['preparing', 'switching', 'verifying', 'rolling_back', 'rolled_back'],
  rollback_failed: ['preparing', 'switching', 'rolling_back', 'rollback_failed'],
  cancelled: ['cancelled'],
  superseded: ['superseded'],
};
const BUILD_PATH = ['pending', 'claimed', 'cloning', 'building', 'pushing'] as const;

export const ENDINGS: readonly Ending[] = [
  ...(['live', 'failed', 'rolled_back', 'rollback_failed', 'cancelled', 'superseded'] as const).map(
    (deployment): Ending => ({ build: 'completed', deployment }),
  ),
  { build: 'failed', deployment: 'queued' },
  { build: 'cancelled', deployment: 'queued' },
];

export function story(project: string, { build, deployment }: Ending): Telling[] {
  const input = release(project, 1);
  const request = deploymentRequest(input);
  const { deploymentId, image, digest, commit } = request;
  const buildId = input.releaseId;
  let now = Date.UTC(2026, 0, 1);
  const at = () => (now += 1_000);
  const live: LiveDeployment = { deploymentId, sequence: 1, generation: 3, commit, image, digest };
  const failure = { type: 'BuildFailed', message: 'It\0broke \ud800.' } as const;

  const told: Telling[] = [
    { kind: 'recordRelease', record: input },
    {
      kind: 'recordBuild',
      record: {
        build: {
          buildId,
          key: input.key,
          origin: input.origin,
          commit,
          settings: SETTINGS.build,
          extraTags: [],
        },
        releaseId: input.releaseId,
        at: at(),
      },
    },
    ...BUILD_PATH.map((state): Telling => ({
      kind: 'recordBuildState',
      record: { buildId, state, at: at(), ...(state === 'claimed' && { host: 'one' }) },
    })),
    {
      kind: 'recordBuildState',
      record: {
        buildId,
        state: build,
        at: at(),
        ...(build === 'completed' ? { image, digest, builder: 'dockerfile', tags: ['latest'] } : { failure }),
      },
    },
  ];
  if (build === 'completed') {
    told.push({ kind: 'recordDeployment', record: { request, at: at() } });
    for (const [index, state] of (PATHS[deployment] ?? []).entries()) {
      const last = index === (PATHS[deployment]?.length ?? 0) - 1;
      told.push({
        kind: 'recordDeploymentState',
        record: {
          deploymentId,
          state,
          at: at(),
          generation: 3,
          ...(index === 0 && { gitHubDeploymentId: '9000000001' }),
          ...(last && { urls: ['http://one:1'], healthAttempts: 2, leftovers: [] }),
          ...(last && state !== 'live' && { failure }),
        },
      });
      const step = { deploymentId, step: 'prepare', place: `host-${index}` } as const;
      told.push({ kind: 'recordStep', record: { ...step, state: 'running', at: at() } });
      told.push({
        kind: 'recordStep',
        record: { ...step, state: index === 2 ? 'failed' : 'done', at: now, detail: 'x' },
      });
    }
    if (deployment === 'live') {
      const key = request.key;
      told.push({ kind: 'recordLive', record: { key, at: at(), live: { ...live, generation: 2 }, previous: null } });
      told.push({ kind: 'recordLive', record: { key, at: at(), live, previous: { ...live, generation: 2 } } });
    }
  }
  told.push({
    kind: 'recordAudit',
    record: { id: `${project}/asked`, at: at(), actor: 'token:ci', action: 'release.cancel', subject: input.releaseId },
  });
  const lock = { owner: { kind: 'token', name: 'ci' }, reason: 'It\0is mine', at: now, expiresAt: null } as const;
  const pause = { by: lock.owner, reason: 'an incident', at: now };
  for (const gates of [{ lock }, { pause }, { lock: null }, { pause: null, hold: null }, { lock }, { pause }] as const)
    told.push({ kind: 'recordGates', record: { key: request.key, change: at(), gates } });
  const outcome = deployment === 'live' ? 'completed' : deployment === 'cancelled' ? 'cancelled' : 'failed';
  told.push({
    kind: 'recordReleaseResult',
    record: {
      releaseId: input.releaseId,
      at: at(),
      result: { outcome, stages: [], ...(outcome === 'failed' && { failure }) },
    },
  });
  return told;
}
