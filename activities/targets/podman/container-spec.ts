/** A run: one deployment's container as we name it, label it and find it again. */
import { z } from 'zod';
import { environmentId } from '../../../contracts/core/ids.ts';
import { jsonOf } from '../../../contracts/core/json.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { Route } from '../../../contracts/config/routes.ts';
import type { RunSettings } from '../../../contracts/config/service.ts';
import type { CapturedRun, TargetRequest } from '../../../contracts/deployment/target.ts';
import type { VariableValues, VariablesOfRun } from '../../../contracts/config/variables.ts';
import { podman, type PodmanSettings } from '../../../contracts/config/targets/podman.ts';
import { readKindSettings } from '../kind-settings.ts';
import { RecordedRun, digestOf } from '../recorded-run.ts';
import type { ContainerSpec, ContainerSummary } from '../../podman/containers.ts';

/** Everything to bring a container back from nothing but the registry. */
export interface ContainerRun extends Omit<CapturedRun, 'kindSettings'>, Omit<PodmanSettings, 'kind'> {}

/** … at one environment. */
export interface Run extends ContainerRun {
  readonly key: EnvironmentKey;
}

export const LABEL = {
  key: 'landfall.key',
  deployment: 'landfall.deployment',
  generation: 'landfall.generation',
  commit: 'landfall.commit',
  spec: 'landfall.spec',
} as const;

/** Selects the containers of one environment. */
export const keyLabel = (key: EnvironmentKey): string => `${LABEL.key}=${environmentId(key)}`;

/** The patience with a container whose labels do not say how long it may take: Podman's own default. */
export const DEFAULT_STOP_MS = 10_000;

/** True for a run that is reached through the proxy only: so its container listens on the loopback. */
export const isProxied = ({ strategy, routes = [] }: Pick<ContainerRun, 'strategy' | 'routes'>): boolean =>
  strategy === 'blue-green' || routes.length > 0;

const LOOPBACK = '127.0.0.1';

/**
 * Without its variables, which only the source of values knows.
 * @throws `InvalidRequest` for an image that is not named by digest; `InvalidConfiguration` for settings of another kind of target
 */
export function runOf(request: TargetRequest): Run {
  const { key, deploymentId, generation, image, commit, run, health, kindSettings } = request;
  const digest = digestOf(image);
  const { kind: _, ...published } = readKindSettings(podman.settings, kindSettings);
  return { key, deploymentId, generation, image, digest, commit, run, health, ...published };
}

/** The run in the form that all other code carries. */
export function capturedOf({ strategy, publishPort, routes, ...run }: ContainerRun): CapturedRun {
  const kindSettings: PodmanSettings = {
    kind: 'podman',
    strategy,
    ...(publishPort !== undefined && { publishPort }),
    ...(routes && { routes }),
  };
  return { ...run, kindSettings };
}

/** The inverse of {@link capturedOf}. @throws `InvalidConfiguration` for settings of another kind of target */
export function containerRunOf({ kindSettings, ...run }: CapturedRun): ContainerRun {
  const { kind: _, ...published } = readKindSettings(podman.settings, kindSettings);
  return { ...run, ...published };
}

/** Deployment and generation are in the name, so that creating it twice is refused by the engine itself. */
export const containerName = ({ deploymentId, generation }: Pick<Run, 'deploymentId' | 'generation'>): string =>
  `landfall.${deploymentId}.${generation}`;

/** All of an environment's secrets begin like this; the names of its parts hold no dot. */
export const secretPrefix = (key: EnvironmentKey): string => `landfall.${environmentId(key)}.`;

/** The fingerprint keeps a value of a database that was lost apart from one of the same revision now. */
export const secretName = (
  { key, variables }: { readonly key: EnvironmentKey; readonly variables: VariablesOfRun },
  name: string,
): string => `${secretPrefix(key)}r${variables.revision}-${variables.fingerprint}.${name}`;

/** The process's environment: our variables first, then landfall.yaml's, then those set for the environment. */
export function processEnvironment(
  { key, run, variables }: Pick<Run, 'key' | 'run' | 'variables'>,
  values: VariableValues | null,
): Pick<ContainerSpec, 'env' | 'secret_env'> {
  // Generated images (Nixpacks, Railpack, buildpacks) expect PORT.
  const plain = { PORT: String(run.port), ...run.env, ...values?.variables };
  if (!variables || variables.secrets.length === 0) return { env: plain };
  const secret = new Set(variables.secrets);
  return {
    env: Object.fromEntries(Object.entries(plain).filter(([name]) => !secret.has(name))),
    secret_env: Object.fromEntries(variables.secrets.map((name) => [name, secretName({ key, variables }, name)])),
  };
}

/**
 * The spec of the container that the engine creates. It names its secrets, which must exist when the container is
 * started.
 *
 * @param address - a `recreate` container without names publishes its port there
 */
export function containerSpec(run: Run, address: string, values: VariableValues | null): ContainerSpec {
  const { run: settings, strategy } = run;
  const blueGreen = strategy === 'blue-green';
  const published = isProxied(run) ? undefined : run.publishPort;
  return {
    name: containerName(run),
    image: run.image,
    ...(settings.entrypoint && { entrypoint: settings.entrypoint }),
    ...(settings.command && { command: settings.command }),
    ...processEnvironment(run, values),
    labels: {
      [LABEL.key]: environmentId(run.key),
      [LABEL.deployment]: run.deploymentId,
      [LABEL.generation]: String(run.generation),
      [LABEL.commit]: run.commit,
      [LABEL.spec]: JSON.stringify(Spec.parse(run)),
    },
    portmappings: [
      {
        container_port: settings.port,
        host_ip: published === undefined ? LOOPBACK : address,
        host_port: published ?? 0,
        protocol: 'tcp',
      },
    ],
    // A service that crashes comes back. After a reboot podman-restart.service starts every container that says
    // `always`: with blue-green all of them may run, with `recreate` the one that was replaced would take the port.
    restart_policy: blueGreen ? 'always' : 'unless-stopped',
    stop_timeout: Math.ceil(settings.stopTimeoutMs / 1_000),
    ...limitsOf(settings),
  };
}

/** The limits and rights of its processes. */
export function limitsOf({
  memoryBytes,
  privileges,
}: RunSettings): Pick<ContainerSpec, 'resource_limits' | 'cap_add' | 'cap_drop' | 'no_new_privileges'> {
  const named = (names: readonly string[]) => names.map((name) => `CAP_${name}`);
  return {
    ...(memoryBytes !== undefined && { resource_limits: { memory: { limit: memoryBytes } } }),
    ...(privileges && {
      cap_add: named(privileges.add),
      cap_drop: named(privileges.drop),
      no_new_privileges: !privileges.setuid,
    }),
  };
}

/**
 * The facts that the labels do not hold yet. An account that can write labels owns the engine; this guards against
 * older versions.
 */
const Spec = z.object({
  ...RecordedRun.shape,
  strategy: z.enum(['recreate', 'blue-green']),
  publishPort: z.int().exactOptional(),
  routes: z.array(Route).exactOptional(),
});

/**
 * Reads a container's labels back.
 *
 * @returns `undefined` when they are not ours, or of a version that we do not understand
 */
export function readRun({ labels }: Pick<ContainerSummary, 'labels'>): ContainerRun | undefined {
  const generation = generationOf({ labels });
  const spec = Spec.safeParse(jsonOf(labels[LABEL.spec] ?? ''));
  if (!spec.success || generation === undefined) return undefined;
  return {
    deploymentId: labels[LABEL.deployment] ?? '',
    generation,
    commit: labels[LABEL.commit] ?? '',
    ...spec.data,
  };
}

export function generationOf({ labels }: Pick<ContainerSummary, 'labels'>): number | undefined {
  const generation = Number(labels[LABEL.generation] ?? Number.NaN);
  return Number.isSafeInteger(generation) ? generation : undefined;
}
