/**
 * The meaning of an API server's refusals for a deployment. Only its own message and the named causes are read: bodies and
 * headers hold credentials and secrets.
 */
import { z } from 'zod';
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import { jsonOf } from '../../../../contracts/core/json.ts';
import { firstPart } from '../../../../contracts/core/text.ts';

/** `Status` of the API (kubernetes.io, "Kubernetes API Reference", "Status v1 meta"), as far as it decides anything. */
const Status = z.object({
  kind: z.literal('Status'),
  message: z.string().catch(''),
  reason: z.string().catch(''),
  details: z
    .object({
      causes: z
        .array(z.object({ reason: z.string().catch(''), message: z.string().catch(''), field: z.string().catch('') }))
        .catch([]),
      retryAfterSeconds: z.number().optional().catch(undefined),
    })
    .catch({ causes: [] }),
});
export type Status = z.infer<typeof Status>;

const NO_STATUS: Status = { kind: 'Status', message: '', reason: '', details: { causes: [] } };

/** @returns an empty one for the page of a proxy in front of the API server */
export const readStatus = (text: string): Status => Status.safeParse(jsonOf(text)).data ?? NO_STATUS;

/** The object is there already, or is another one than the one that was read: look again. */
export class ObjectConflict extends Error {
  override readonly name = 'ObjectConflict';
}

export interface Refused {
  /** The cluster's name. */
  readonly cluster: string;
  /** The request, in words: `PATCH Deployment web in shop`. */
  readonly request: string;
  readonly code: number;
  readonly status: Status;
  /** By the header. */
  readonly retryAfterMs?: number | undefined;
}

/** The state of a failure that says that there is no such object. */
export const MISSING = 'missing';

const MOST_WORDS = 1_000;
const words = ({ message }: Status): string => firstPart(message.trim().replace(/\.$/, ''), MOST_WORDS);
const { EngineRefused, EngineUnavailable, InvalidConfiguration } = FailureType;

/** @returns what to throw: a failure, or {@link ObjectConflict} */
export function refusal({ cluster, request, code, status, retryAfterMs }: Refused): Error {
  const said = words(status);
  const answered = `Cluster ${cluster} answered ${code} to ${request}${said === '' ? '' : `: ${said}`}.`;
  switch (code) {
    case 401:
      return failure(
        EngineRefused,
        `Cluster ${cluster} does not take this worker's credentials any more (${request}). Renew its kubeconfig or token.`,
      );
    case 403:
      return forbidden(answered, said);
    case 404:
      return failure(EngineRefused, `${answered} Something that it needs is gone: deploy again.`, { state: MISSING });
    case 409:
      return conflict(answered, status);
    case 413:
      return failure(
        InvalidConfiguration,
        `${answered} It is more than an object of Kubernetes can hold. Use fewer or shorter variables.`,
      );
    case 422:
      return failure(InvalidConfiguration, `${answered} ${fieldsOf(status)}Mend landfall.yaml, and release again.`);
  }
  if (code === 410 || code === 429 || code >= 500) {
    const wait = status.details.retryAfterSeconds;
    const waitMs = wait === undefined ? retryAfterMs : wait * 1_000;
    return failure(
      EngineUnavailable,
      `${answered} It is tried again.`,
      waitMs === undefined ? {} : { retryAfterMs: waitMs },
    );
  }
  return failure(EngineRefused, `${answered} ${adviceFor(said)}`.trimEnd());
}

const fieldsOf = ({ details: { causes } }: Status): string => {
  const fields = [...new Set(causes.map(({ field }) => field).filter((field) => field !== ''))];
  return fields.length === 0 ? '' : `It is about ${fields.join(', ')}. `;
};

function forbidden(answered: string, said: string): Error {
  // It passes by itself, or a person sees to what holds the namespace.
  if (/because it is being terminated/.test(said)) {
    return failure(
      EngineUnavailable,
      `${answered} The namespace is being deleted. Wait for its end, and look for finalizers ("kubectl get namespace -o yaml") when it does not come.`,
    );
  }
  return failure(EngineRefused, `${answered} ${adviceFor(said)}`.trimEnd());
}

function adviceFor(said: string): string {
  if (/exceeded quota|must specify (limits|requests)|failed quota/.test(said)) {
    return 'Raise the quota of the namespace, or ask for less in landfall.yaml.';
  }
  if (/admission webhook/.test(said))
    return 'It is a rule of the cluster: mend what it names, or ask those who run the cluster.';
  if (/violates PodSecurity/.test(said))
    return 'The namespace takes no such pods: change its profile, or the settings of the service.';
  const missing = /cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?(?:.* in the namespace "([^"]+)")?/.exec(
    said,
  );
  if (!missing) return '';
  const [, verb, resource, group = '', namespace] = missing;
  const where = namespace === undefined ? 'in the whole cluster' : `in the namespace ${namespace}`;
  return `Give Landfall's account the verb "${verb}" on "${resource}"${group === '' ? '' : ` of ${group}`} ${where} (docs/kubernetes.md lists all of them).`;
}

const HOLDER = /conflict with "([^"]*)"/;

function conflict(answered: string, { message, details: { causes } }: Status): Error {
  const held = causes.filter(({ reason }) => reason === 'FieldManagerConflict');
  if (held.length === 0) return new ObjectConflict(message);
  const all = held.map((one) => `${one.field} is held by "${HOLDER.exec(one.message)?.[1] ?? 'another manager'}"`);
  return failure(
    EngineRefused,
    `${answered} ${all.join('; ')}. Landfall takes no field from another manager: have that one give it up (it must leave the field out), then deploy again.`,
  );
}
