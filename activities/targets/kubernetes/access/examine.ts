/** Looks at a cluster before anything is deployed to it: whether it answers, and what its account may do there. Changes nothing. */
import type { ClusterSettings } from '../../../../contracts/config/cluster.ts';
import type { ExaminedPlace } from '../../../../contracts/config/examined-place.ts';
import { failureOf } from '../../../../contracts/core/failures.ts';
import type { ClusterClient } from '../client/client.ts';
import { clusterIdentity } from './identity.ts';
import { questionsOf, rightText, rulesOf, type AccessQuestion } from './permissions.ts';

type Asked = Pick<ClusterClient, 'create' | 'read' | 'version'>;

/** Server-side apply, `policy/v1`, `autoscaling/v2` and SelfSubjectReview are all there from then on. */
const LEAST_MINOR = 28;
/** Enough to know what is wrong with a role. */
const MAX_NAMED = 12;

/** Never throws, but for the signal. */
export async function examineCluster(
  client: Asked,
  cluster: ClusterSettings,
  signal: AbortSignal,
): Promise<ExaminedPlace> {
  const found = (ok: boolean, detail: string, todo?: string): ExaminedPlace => ({
    ...{ place: `cluster ${cluster.name}`, ok, detail },
    ...(todo !== undefined && { todo }),
  });
  try {
    const version = await client.version(signal);
    const who = await whoami(client, signal);
    if (isOld(version)) return found(false, `${version} is too old`, `Update it to 1.${LEAST_MINOR} or newer.`);
    const lacking = await lackingRights(client, cluster, signal);
    if (lacking.length > 0) {
      const some = lacking.slice(0, MAX_NAMED).join(', ');
      const more = lacking.length > MAX_NAMED ? `, and ${lacking.length - MAX_NAMED} more` : '';
      return found(false, `${who} may not ${some}${more}`, 'Grant it the rights of docs/kubernetes.md.');
    }
    await clusterIdentity(client, cluster, signal);
    return found(true, `${version}, as ${who}, which may do all that Landfall does there`);
  } catch (error) {
    signal.throwIfAborted();
    return found(false, (failureOf(error)?.message ?? String(error)).replace(/\.$/, ''));
  }
}

/** `v1.36.3`, `v1.30.2-gke.100`; a version of another form is not judged. */
function isOld(version: string): boolean {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return major === '1' && Number(minor) < LEAST_MINOR;
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: object;
  readonly status?: { readonly userInfo?: { readonly username?: string }; readonly allowed?: boolean };
}

async function whoami(client: Asked, signal: AbortSignal): Promise<string> {
  const review: Review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const { status } = await client.create(review, signal);
  return status?.userInfo?.username ?? 'its account';
}

/** Each with the namespace where it is lacking. */
async function lackingRights(client: Asked, cluster: ClusterSettings, signal: AbortSignal): Promise<readonly string[]> {
  const questions = questionsOf(rulesOf(cluster));
  const lacking: string[] = [];
  for (const namespace of cluster.namespaces ?? [undefined]) {
    const allowed = await Promise.all(questions.map((question) => mayDo(client, question, namespace, signal)));
    const where = namespace === undefined ? '' : ` in ${namespace}`;
    lacking.push(
      ...questions.filter((_question, index) => !allowed[index]).map((question) => `${rightText(question)}${where}`),
    );
  }
  return lacking;
}

/** @param namespace - absent: in all of them */
async function mayDo(
  client: Asked,
  question: AccessQuestion,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  // A namespace itself is asked for within it, as a role there grants it; to make one is a right of the whole cluster.
  const isWhole = namespace === undefined || (question.resource === 'namespaces' && question.verb === 'create');
  const resourceAttributes = { ...question, ...(!isWhole && { namespace }) };
  const review: Review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  };
  const { status } = await client.create(review, signal);
  return status?.allowed === true;
}
