/** A run: one deployment as it is written beside its pods, and found again. */
import { z } from 'zod';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import { jsonOf } from '../../../contracts/core/json.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { CapturedRun, TargetRequest } from '../../../contracts/deployment/target.ts';
import { utf8Length } from '../../../contracts/config/variables.ts';
import { kubernetes, namespaceOf, type KubernetesSettings } from '../../../contracts/config/targets/kubernetes.ts';
import { readKindSettings } from '../kind-settings.ts';
import { RecordedRun, digestOf } from '../recorded-run.ts';
import { ANNOTATION } from './labels.ts';

/** Everything to bring pods back from nothing but the registry. */
export interface KubernetesRun
  extends Omit<CapturedRun, 'kindSettings'>, Omit<KubernetesSettings, 'kind' | 'namespace'> {
  readonly namespace: string;
}

/** … at one environment. */
export interface Run extends KubernetesRun {
  readonly key: EnvironmentKey;
}

/**
 * Without its variables, which only the source of values knows.
 *
 * @throws `InvalidRequest` for an image that is not named by digest; `InvalidConfiguration` for settings of another kind
 * of target, and for more in `run.env` than an object of Kubernetes can hold
 */
export function runOf(request: TargetRequest): Run {
  const { key, deploymentId, generation, image, commit, run, health, kindSettings } = request;
  const digest = digestOf(image);
  const { kind: _, ...settings } = readKindSettings(kubernetes.settings, kindSettings);
  const namespace = namespaceOf(key, settings);
  const made = { key, deploymentId, generation, image, digest, commit, run, health, ...settings, namespace };
  assertFits(made);
  return made;
}

/** The run in the form that all other code carries. */
export function capturedOf(run: KubernetesRun): CapturedRun {
  const { deploymentId, generation, image, digest, commit, run: settings, health, variables, ...own } = run;
  const kindSettings: KubernetesSettings = { kind: 'kubernetes', ...kubernetesPart.parse(own) };
  return {
    ...{ deploymentId, generation, image, digest, commit, run: settings, health, kindSettings },
    ...(variables && { variables }),
  };
}

/** The inverse of {@link capturedOf}. @throws `InvalidConfiguration` for settings of another kind of target */
export function kubernetesRunOf({ kindSettings, ...run }: CapturedRun, key: EnvironmentKey): Run {
  const { kind: _, ...settings } = readKindSettings(kubernetes.settings, kindSettings);
  return { ...run, ...settings, namespace: namespaceOf(key, settings), key };
}

const kubernetesPart = kubernetes.settings.omit({ kind: true });

/** An account that can write annotations owns the environment; this guards against older versions. */
const Recorded = RecordedRun.extend({
  ...kubernetesPart.shape,
  namespace: z.string(),
  deploymentId: z.string(),
  generation: z.int(),
  commit: z.string(),
});

const recordOf = (run: KubernetesRun): string => JSON.stringify(Recorded.parse(run));

/** The annotations by which a run is found again. */
export const annotationsOf = (run: Run): Record<string, string> => ({
  [ANNOTATION.environment]: environmentId(run.key),
  [ANNOTATION.deployment]: run.deploymentId,
  [ANNOTATION.run]: recordOf(run),
});

/**
 * Reads a run back from the annotations of a Deployment or of a pod.
 *
 * @returns `undefined` when they are not ours, or of a version that we do not understand
 */
export function readRun(annotations: Readonly<Record<string, string>> | undefined): KubernetesRun | undefined {
  const read = Recorded.safeParse(jsonOf(annotations?.[ANNOTATION.run] ?? ''));
  return read.success ? read.data : undefined;
}

/**
 * The most that a record may take, in bytes: the API server takes 256 KiB for all annotations of an object, and admission
 * webhooks and controllers add theirs.
 */
const MOST = 200 * 1024;

function assertFits(run: Run): void {
  const bytes = utf8Length(recordOf(run));
  if (bytes <= MOST) return;
  throw failure(
    FailureType.InvalidConfiguration,
    `run.env and run.command of ${run.key.service} take ${bytes} bytes, and ${MOST} are what Landfall can write beside a pod. Set what is large as variables of the environment, or put it into a file or a bucket.`,
  );
}
