/** The store as the workflows see it: it remembers, drops late reports, and changes nothing for a repeated one. */
import type { DestroyActivities } from '../../../activities/records/destroy.port.ts';
import type { DestroyedEnvironment } from '../../../contracts/deployment/environment.ts';
import type { RecallActivities } from '../../../activities/records/recall.port.ts';
import type { RecordActivities, TellActivities } from '../../../activities/records/records.port.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import type { LiveDeployment, WaitingRequest } from '../../../contracts/deployment/deployment.ts';
import type { PreviewRecord } from '../../../contracts/deployment/preview.ts';
import { previewEnvironment } from '../../../contracts/core/preview-names.ts';
import { environmentId, previewWorkflowId } from '../../../contracts/core/ids.ts';
import type {
  AuditRecord,
  BuildStateRecord,
  DecisionsRecord,
  DeploymentStateRecord,
  GatesRecord,
  StepRecord,
  UpkeepRecord,
} from '../../../contracts/admission/store-records.ts';
import type { ReleaseInput, ReleaseResult } from '../../../contracts/deployment/release.ts';
import { BUILD_STATES, DEPLOYMENT_STATES, mayFollow } from '../../../contracts/deployment/states.ts';

export interface SimulatedRecords {
  readonly activities: TellActivities & RecallActivities;
  readonly releases: ReadonlyMap<string, ReleaseInput>;
  readonly releaseResults: ReadonlyMap<string, ReleaseResult>;
  readonly deployments: ReadonlyMap<string, WaitingRequest>;
  readonly steps: readonly StepRecord[];
  readonly audit: readonly AuditRecord[];
  /** The newest record of each preview, by the id of its workflow. */
  readonly previews: ReadonlyMap<string, PreviewRecord>;
  /** Environments that were destroyed, by their id. */
  readonly ends: ReadonlyMap<string, DestroyedEnvironment>;
  /** Decisions by request key. */
  readonly decisions: ReadonlyMap<string, DecisionsRecord>;
  buildStates(buildId: string): readonly BuildStateRecord[];
  deploymentStates(deploymentId: string): readonly DeploymentStateRecord[];
  live(environment: string): { readonly live: LiveDeployment; readonly previous: LiveDeployment | null } | undefined;
}

export function createSimulatedRecords(): SimulatedRecords {
  const releases = new Map<string, ReleaseInput>();
  const releaseResults = new Map<string, ReleaseResult>();
  const deployments = new Map<string, WaitingRequest>();
  const buildStates = new Map<string, BuildStateRecord[]>();
  const deploymentStates = new Map<string, DeploymentStateRecord[]>();
  const lives = new Map<string, { readonly live: LiveDeployment; readonly previous: LiveDeployment | null }>();
  const steps: StepRecord[] = [];
  const decisions = new Map<string, DecisionsRecord>();
  const audit: AuditRecord[] = [];
  const upkeep: UpkeepRecord[] = [];
  const gates = new Map<string, readonly GatesRecord[]>();
  const previews = new Map<string, PreviewRecord>();

  const ends = new Map<string, DestroyedEnvironment>();

  const records: RecordActivities = {
    async recordRelease(release) {
      releases.set(release.releaseId, release);
    },
    async recordReleaseResult({ releaseId, result }) {
      releaseResults.set(releaseId, result);
    },
    async recordBuild({ build }) {
      if (!buildStates.has(build.buildId)) buildStates.set(build.buildId, []);
    },
    async recordBuildState(record) {
      const states = buildStates.get(record.buildId) ?? [];
      buildStates.set(record.buildId, states);
      const current = states.at(-1)?.state;
      if (current === undefined || mayFollow(BUILD_STATES, current, record.state)) states.push(record);
    },
    async recordDeployment({ request }) {
      deployments.set(request.deploymentId, request);
    },
    async recordDeploymentState(record) {
      const states = deploymentStates.get(record.deploymentId) ?? [];
      deploymentStates.set(record.deploymentId, states);
      const current = states.at(-1)?.state;
      if (current === undefined || mayFollow(DEPLOYMENT_STATES, current, record.state)) states.push(record);
    },
    async recordStep(record) {
      steps.push(record);
    },
    async recordLive({ key, live, previous }) {
      lives.set(environmentId(key), { live, previous });
    },
    async recordUpkeep(record) {
      upkeep.push(record);
    },
    async recordDecisions(record) {
      if (!decisions.has(record.requestKey)) decisions.set(record.requestKey, record);
    },
    async recordGates(record) {
      const of = environmentId(record.key);
      gates.set(
        of,
        [...(gates.get(of) ?? []), record].toSorted((one, other) => one.change - other.change),
      );
    },
    async recordPreview(record) {
      previews.set(previewWorkflowId(record.pull), record);
    },
    async recordAudit(record) {
      if (!audit.some(({ id }) => id === record.id)) audit.push(record);
    },
  };

  /** Those that became live there, newest first. */
  const landed = (environment: string) =>
    [...deployments.values()]
      .flatMap((request) => {
        const { state, at, generation } = deploymentStates.get(request.deploymentId)?.at(-1) ?? {};
        if (environmentId(request.key) !== environment || state !== 'live' || !generation) return [];
        const { deploymentId, sequence, commit, image, digest, actor: by, rollbackTo } = request;
        return [{ live: { deploymentId, sequence, generation, commit, image, digest }, by, at: at ?? 0, rollbackTo }];
      })
      .toSorted((one, other) => other.live.generation - one.live.generation);
  const recall: RecallActivities = {
    livePlaces: async (key) =>
      deployments.get(landed(environmentId(key))[0]?.live.deploymentId ?? '')?.environment.target.places ?? [],
    async recallPreview(pull) {
      const environment = previewEnvironment(pull.number);
      const there = [...releases.values()].filter(({ key, sequence, environments }) => {
        const end = ends.get(environmentId({ ...key, environment }));
        return environments.some(({ name }) => name === environment) && sequence > (end?.through ?? 0);
      });
      const standing = new Map(there.map(({ key }) => [key.service, key]));
      return { standing: [...standing.values()], stopped: previews.get(previewWorkflowId(pull))?.stopped ?? false };
    },
    async recallLive(key) {
      const destroyed = ends.get(environmentId(key));
      const [last, before] = landed(environmentId(key)).filter(
        ({ live }) => live.generation > (destroyed?.generation ?? 0),
      );
      const said = gates.get(environmentId(key)) ?? [];
      if (!last && said.length === 0 && !destroyed) return null;
      const {
        lock = null,
        pause = null,
        maintenance = null,
      }: GatesRecord['gates'] = said.reduce((all, one) => ({ ...all, ...one.gates }), {});
      const resumed = said.findLast((one) => one.gates.hold === null)?.change ?? 0;
      const isHeld = last?.rollbackTo !== undefined && last.at > resumed;
      return {
        live: last?.live ?? null,
        previous: before?.live ?? null,
        hold: isHeld ? { by: last.by, at: last.at, deploymentId: last.live.deploymentId } : null,
        ...{ lock, pause, maintenance, change: said.at(-1)?.change ?? 0 },
        ...(destroyed && { destroyed }),
      };
    },
  };

  const destruction: DestroyActivities = {
    async findRemains(key) {
      const there = [...deployments.values()].filter((request) => environmentId(request.key) === environmentId(key));
      const places = there.flatMap(({ environment }) => environment.target.places);
      const [first] = there;
      const isGitHub = first?.origin.kind === 'github';
      return {
        places: [...new Map(places.map((place) => [place.queue, place])).values()],
        waiting: [],
        gitHub: isGitHub ? { origin: first.origin, isShared: false, firstAt: 0 } : null,
      };
    },
    async forgetEnvironment({ key, ...end }) {
      ends.set(environmentId(key), end);
      lives.delete(environmentId(key));
      gates.delete(environmentId(key));
      return true;
    },
  };

  return {
    activities: { ...createTellActivities(records), ...recall, ...destruction },
    releases,
    releaseResults,
    deployments,
    steps,
    audit,
    decisions,
    previews,
    ends,
    buildStates: (buildId) => buildStates.get(buildId) ?? [],
    deploymentStates: (deploymentId) => deploymentStates.get(deploymentId) ?? [],
    live: (environment) => lives.get(environment),
  };
}
