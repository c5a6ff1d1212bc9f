import type { Secret } from '../../../contracts/core/secret.ts';
import type { Observation, Replica } from '../../../contracts/deployment/target.ts';
import { assertRunsNothingNewer } from './fence.ts';
import { probe } from './health.ts';
import { instancesOf, type Instance, type PodmanPlace } from './place.ts';
import type { ProbeResult } from '../probe.ts';
import { isProxied, type ContainerRun, type Run } from './container-spec.ts';
import { addressOf, misled } from './public-address.ts';
import { until } from '../poll-until.ts';

const POLL_MS = 100;

/** The state at the engine and the proxy, and the answer that users get. Changes nothing. */
export async function observe(
  place: PodmanPlace,
  run: Run,
  /** Values to mask in a run's answer; `undefined`: they are not available now, and the answer is left out. */
  secretsOf: (serving: ContainerRun) => Promise<readonly Secret[] | undefined>,
  signal: AbortSignal,
): Promise<Observation> {
  const instances = await instancesOf(place, run.key, signal);
  assertRunsNothingNewer(run, instances);
  const replicas = await Promise.all(instances.map((instance) => replica(place, instance, signal)));
  const serving = instances.find(({ chosen, running }) => chosen && running);
  const about = { place: place.host.name, replicas };
  if (!serving) return { ...about, healthy: null, reason: 'No container of this environment gets requests.' };
  const served = serving.run ?? run;
  let reason = await ask(place, serving, { run, served, signal });
  if (reason !== null && served.health.kind !== 'tcp') {
    // Probe once more, now that the answer can be shown.
    const secrets = await secretsOf(served);
    if (secrets) reason = await ask(place, serving, { run, served, signal, secrets, once: true });
  }
  return { ...about, healthy: reason === null, reason: reason ?? '' };
}

interface Asking {
  readonly run: Run;
  readonly served: ContainerRun;
  readonly signal: AbortSignal;
  readonly secrets?: readonly Secret[];
  readonly once?: true;
}

/** Probes with the served version's own settings, at the address that users use. */
async function ask(place: PodmanPlace, serving: Instance, asking: Asking): Promise<ProbeResult> {
  const { served, run, signal, secrets, once = false } = asking;
  const { health } = served;
  const { entrance, host } = await addressOf(place, { ...served, key: run.key });
  const options = { signal, timeoutMs: health.timeoutMs, ...(secrets && { secrets }) };
  let last: ProbeResult = null;
  const answer = async () => {
    last = await misled(place, { ...served, key: run.key });
    last ??= await probe(place, serving, { ...health, ...(host !== undefined && { host }) }, options, entrance);
    // A HEALTHCHECK is run inside, and a proxy accepts connections by itself: look at the other end as well.
    if (last === null && health.kind === 'container')
      last = await probe(place, serving, { ...health, kind: 'tcp' }, options, entrance);
    if (last === null && health.kind === 'tcp' && isProxied(served))
      last = await probe(place, serving, health, options);
    return last === null ? true : undefined;
  };
  await until(answer, { timeoutMs: once ? 0 : health.timeoutMs, everyMs: POLL_MS, signal });
  return last;
}

async function replica({ images }: PodmanPlace, instance: Instance, signal: AbortSignal): Promise<Replica> {
  const { container, run, generation, running, chosen } = instance;
  const digests = (await images.find(container.imageId, signal))?.digests ?? [];
  return {
    name: container.name,
    deploymentId: run?.deploymentId ?? '',
    generation,
    // An image may have several digests; the run's own counts when the engine confirms it.
    digest: (run && digests.includes(run.digest) ? run.digest : digests[0]) ?? '',
    running,
    serving: chosen && running,
  };
}
