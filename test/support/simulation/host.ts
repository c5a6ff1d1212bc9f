/**
 * A simulated Podman host: keeps the promises of contracts/deployment/target.ts in memory, so that what workflows decide can be
 * tested and measured without an engine. It is as strict as the real one where a workflow could tell the difference:
 * the fence, what serves, what is left over, one health attempt a call.
 */
import { publishedPort } from '../targets/podman.ts';
import type { PlaceCertificateActivities } from '../../../activities/certificates/certificates.port.ts';
import type { ReplicaActivities } from '../../../activities/watch/watch.port.ts';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { MaintenancePage, PageActivities } from '../../../contracts/deployment/maintenance.ts';
import type { SeenCertificate } from '../../../contracts/deployment/certificate.ts';
import type {
  CapturedRun,
  RemovalRequest,
  TargetActivities,
  TargetRequest,
} from '../../../contracts/deployment/target.ts';

interface SimulatedReplica extends Omit<CapturedRun, 'digest'> {
  readonly name: string;
  digest: string;
  serving: boolean;
  /** Health attempts made on it so far. */
  attempts: number;
}

interface Slot {
  /** The newest generation that touched this environment here. */
  fence: number;
  replicas: SimulatedReplica[];
  pages: { readonly change: number; readonly page: MaintenancePage | null };
}

export interface SimulatedHost {
  readonly name: string;
  readonly activities: TargetActivities & ReplicaActivities & PlaceCertificateActivities & PageActivities;
  /** Name → fingerprint of what serves. */
  readonly certificates: ReadonlyMap<string, string>;
  /** Names with a certificate that people have put here. */
  readonly ownFiles: Set<string>;
  /** The real changes, in order: `start shop.web.production.2`. A look is no effect. */
  readonly effects: readonly string[];
  /** The digest that users reach, or `null`. */
  serving(key: EnvironmentKey): string | null;
  /** The page that users get in place of it; `null`: none. */
  page(key: EnvironmentKey): MaintenancePage | null;
  /** Deployments that have a replica here, whether it serves or not. */
  replicas(key: EnvironmentKey): readonly string[];
  /** Puts a version here without any workflow: what ran before the test. */
  preset(run: TargetRequest): void;
  /** The next so many health attempts of this digest fail; all of them by default. */
  makeUnhealthy(digest: string, attempts?: number): void;
  /** Its container has ended and was started again so often, in all. */
  crash(deploymentId: string, restarts: number): void;
  /** It does not serve, for this reason; `null`: it serves again. */
  takeDown(deploymentId: string, why: string | null): void;
  /** The next restore brings this digest up in place of what was captured, and all looks green. */
  restoreWrongly(digest: string): void;
}

export function createSimulatedHost(name: string): SimulatedHost {
  const slots = new Map<string, Slot>();
  const images = new Set<string>();
  const unhealthy = new Map<string, number>();
  const ran = new Set<string>();
  const restarts = new Map<string, number>();
  const down = new Map<string, string | null>();
  const effects: string[] = [];
  const certificates = new Map<string, string>();
  const ownFiles = new Set<string>();
  let wrongDigest: string | undefined;

  const slotOf = (key: EnvironmentKey): Slot => {
    const id = environmentId(key);
    const slot = slots.get(id) ?? { fence: 0, replicas: [], pages: { change: 0, page: null } };
    slots.set(id, slot);
    return slot;
  };

  /** @throws `StaleGeneration` when a newer deployment was here before. */
  const fenced = ({ key, generation }: RemovalRequest, slack = 0): Slot => {
    const slot = slotOf(key);
    if (generation + slack >= slot.fence) return slot;
    const message = `${name}: generation ${generation} is older than ${slot.fence}, which was here before.`;
    throw failure(FailureType.StaleGeneration, message);
  };

  const start = (slot: Slot, run: CapturedRun): SimulatedReplica => {
    const before = slot.replicas.find(({ deploymentId }) => deploymentId === run.deploymentId);
    if (before) return before;
    const replica = { ...run, name: `${run.deploymentId}.${run.generation}`, serving: false, attempts: 0 };
    slot.replicas.push(replica);
    effects.push(`start ${run.deploymentId}`);
    return replica;
  };

  const serve = (slot: Slot, replica: SimulatedReplica): void => {
    if (replica.serving) return;
    for (const other of slot.replicas) other.serving = other === replica;
    effects.push(`serve ${replica.deploymentId}`);
  };

  const keepOnly = (slot: Slot, keep: (replica: SimulatedReplica) => boolean): void => {
    for (const gone of slot.replicas.filter((replica) => !keep(replica))) effects.push(`remove ${gone.deploymentId}`);
    slot.replicas = slot.replicas.filter(keep);
  };

  const isHealthy = (digest: string): boolean => {
    const left = unhealthy.get(digest) ?? 0;
    unhealthy.set(digest, left - 1);
    return left <= 0;
  };

  const activities: SimulatedHost['activities'] = {
    async keepCertificates({ names }) {
      if (names.length === 0) certificates.clear();
      return names.map((one): SeenCertificate => {
        if (one.fingerprint !== null) certificates.set(one.name, one.fingerprint);
        const isOwn = ownFiles.has(one.name);
        const fingerprint = isOwn ? 'own' : (certificates.get(one.name) ?? null);
        const source = isOwn ? 'own' : fingerprint === null ? 'none' : 'acme';
        return { name: one.name, source, fingerprint, notAfter: null, problem: null };
      });
    },

    async prepare(request) {
      fenced(request);
      if (images.has(request.image)) return;
      images.add(request.image);
      effects.push(`pull ${request.deploymentId}`);
    },

    async capture({ key }) {
      const serving = slotOf(key).replicas.find((replica) => replica.serving);
      return { place: name, running: serving ? runOf(serving) : null };
    },

    async runOnce(request) {
      fenced(request);
      const run = `${request.deploymentId} ${request.releaseRun ?? 1}`;
      if (ran.has(run)) return;
      ran.add(run);
      effects.push(`release command of ${request.deploymentId}`);
    },

    async switchTo(request) {
      const slot = fenced(request);
      slot.fence = request.generation;
      const replica = start(slot, { ...request, digest: digestIn(request.image) });
      const url = `http://${name}:${publishedPort(request.kindSettings)}`;
      if (replica.serving) return { healthAttempts: replica.attempts, url };
      replica.attempts += 1;
      if (!isHealthy(replica.digest)) {
        throw failure(FailureType.Unhealthy, `${name}: attempt ${replica.attempts} was answered with 503.`);
      }
      serve(slot, replica);
      return { healthAttempts: replica.attempts, url };
    },

    async observe({ key }) {
      const { replicas } = slotOf(key);
      const serving = replicas.find((replica) => replica.serving);
      return {
        place: name,
        replicas: replicas.map(({ name, deploymentId, generation, digest, serving }) => ({
          ...{ name, deploymentId, generation, digest, serving },
          running: true,
        })),
        healthy: serving ? isHealthy(serving.digest) : null,
        reason: serving ? 'the probe was answered with 503' : 'nothing serves',
      };
    },

    async restore({ request, captured }) {
      const slot = fenced(request);
      slot.fence = request.generation;
      const { running } = captured;
      if (running) {
        const replica = start(slot, running);
        serve(slot, replica);
        replica.digest = wrongDigest ?? replica.digest;
        wrongDigest = undefined;
      } else {
        // Earlier replicas do not get requests either.
        for (const replica of slot.replicas) replica.serving = false;
      }
      keepOnly(slot, ({ deploymentId }) => deploymentId !== request.deploymentId);
    },

    async finalize({ request, captured }) {
      const kept = captured.running?.deploymentId;
      keepOnly(fenced(request), ({ serving, deploymentId }) => serving || deploymentId === kept);
    },

    async lookAtReplicas(watched) {
      return watched
        .filter(({ key, deploymentId }) =>
          slotOf(key).replicas.some((replica) => replica.deploymentId === deploymentId),
        )
        .map(({ deploymentId }) => ({
          ...{ deploymentId, restarts: restarts.get(deploymentId) ?? 0 },
          lastEnd: 'It exited with code 3.',
          trouble: down.get(deploymentId) ?? null,
        }));
    },

    async remove(request) {
      const slot = fenced(request, 1);
      slot.fence = request.generation + 1;
      keepOnly(slot, () => false);
      slot.pages = { change: 0, page: null };
    },

    async setPage({ change, page, ...request }) {
      const slot = fenced(request, 1);
      if (change >= slot.pages.change) slot.pages = { change, page };
    },

    remains: async ({ key }) => slotOf(key).replicas.map((replica) => replica.name),
  };

  return {
    name,
    activities,
    certificates,
    ownFiles,
    effects,
    serving: (key) => slotOf(key).replicas.find(({ serving }) => serving)?.digest ?? null,
    page: (key) => slotOf(key).pages.page,
    replicas: (key) => slotOf(key).replicas.map(({ deploymentId }) => deploymentId),
    preset(run) {
      const replica = { ...run, digest: digestIn(run.image), name: run.deploymentId, serving: true, attempts: 1 };
      slots.set(environmentId(run.key), {
        fence: run.generation,
        replicas: [replica],
        pages: { change: 0, page: null },
      });
    },
    makeUnhealthy: (digest, attempts = Number.POSITIVE_INFINITY) => void unhealthy.set(digest, attempts),
    crash: (deploymentId, times) => void restarts.set(deploymentId, times),
    takeDown: (deploymentId, why) => void down.set(deploymentId, why),
    restoreWrongly: (digest) => void (wrongDigest = digest),
  };
}

function runOf(replica: SimulatedReplica): CapturedRun {
  const { deploymentId, generation, image, digest, commit, run, health, kindSettings } = replica;
  return { deploymentId, generation, image, digest, commit, run, health, kindSettings };
}

const digestIn = (image: string): string => image.slice(image.indexOf('@') + 1);
