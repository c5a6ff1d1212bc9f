import type { Secret } from '../../../contracts/core/secret.ts';
import type { Observation, Replica } from '../../../contracts/deployment/target.ts';
import { until } from '../poll-until.ts';
import type { ProbeResult } from '../probe.ts';
import { assertRunsNothingNewer, deploymentOfPod, digestIn, look, type Seen, type SeenPod } from './look.ts';
import type { KubernetesPlace } from './place.ts';
import { probeService } from './probe-way.ts';
import type { KubernetesRun, Run } from './run.ts';

const POLL_MS = 100;

/** The state by the API server, and the answer that users get inside the cluster. Changes nothing. */
export async function observe(
  place: KubernetesPlace,
  run: Run,
  /** Values to mask in a run's answer; `undefined`: they are not available now, and the answer is left out. */
  secretsOf: (serving: KubernetesRun) => Promise<readonly Secret[] | undefined>,
  signal: AbortSignal,
): Promise<Observation> {
  const seen = await look(place, run, signal);
  assertRunsNothingNewer(run, seen);
  const about = { place: place.cluster.name, replicas: seen.pods.map(replica) };
  const serving = seen.pods.find((pod) => pod.serving);
  if (!serving)
    return { ...about, healthy: null, reason: `No pod of this environment gets requests. ${whyNot(seen)}`.trimEnd() };
  const served = serving.run ?? run;
  let reason = await ask(place, run, served, { seen, signal });
  if (reason !== null && served.health.kind !== 'tcp') {
    // Probe once more, now that the answer can be shown.
    const secrets = await secretsOf(served);
    if (secrets) reason = await ask(place, run, served, { seen, signal, secrets, once: true });
  }
  return { ...about, healthy: reason === null, reason: reason ?? '' };
}

const replica = (seen: SeenPod): Replica => ({
  name: seen.name,
  deploymentId: deploymentOfPod(seen),
  generation: seen.generation,
  digest: digestIn(seen),
  running: seen.running,
  serving: seen.serving,
});

/** The state of those that should be reached. */
function whyNot({ service, pods }: Seen): string {
  if (!service) return 'There is no Service.';
  const words = pods.map(({ pod, name }) => {
    const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;
    return `${name} is ${waiting ?? pod.status?.phase ?? 'new'}.`;
  });
  return words.slice(0, 3).join(' ');
}

interface Asking {
  readonly seen: Seen;
  readonly signal: AbortSignal;
  readonly secrets?: readonly Secret[];
  readonly once?: boolean;
}

/** Probes with the served version's own settings, through the Service. */
async function ask(
  place: KubernetesPlace,
  run: Run,
  { health }: KubernetesRun,
  { seen, signal, secrets, once = false }: Asking,
): Promise<ProbeResult> {
  const options = { signal, timeoutMs: health.timeoutMs, ...(secrets && { secrets }) };
  let last: ProbeResult = null;
  const answer = async () => {
    last = await probeService(place, run, seen, { health, options });
    return last === null ? true : undefined;
  };
  await until(answer, { timeoutMs: once ? 0 : health.timeoutMs, everyMs: POLL_MS, signal });
  return last;
}
