/** Names of things in a cluster, and the one of an environment's namespace. */
import type { EnvironmentKey } from '../../core/keys.ts';

/** RFC 1123, a label: a namespace. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** RFC 1123, a subdomain: most other objects. */
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
/** RFC 1035, a label: a Service, whose name is a host's name. */
const SERVICE = /^[a-z]/;
/** The name of an annotation, without its prefix. */
const QUALIFIED = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const MAX_NAMESPACE = 63;

/** The cluster's own namespaces begin so. */
const OF_THE_CLUSTER = 'kube-';
const OURS = 'landfall.dev/';

export function whyNotNamespace(text: string): string | undefined {
  if (!LABEL.test(text)) return 'use lower-case letters, digits and dashes, 63 at most';
  return text.startsWith(OF_THE_CLUSTER)
    ? `namespaces that begin with ${OF_THE_CLUSTER} are the cluster's own: use another one`
    : undefined;
}

export const whyNotObject = (text: string): string | undefined =>
  SUBDOMAIN.test(text) ? undefined : 'use lower-case letters, digits, dashes and dots, 253 at most';

/** A service's own name is that of its Service, which is a name in the cluster's DNS. */
export const whyNotService = (name: string): string | undefined =>
  SERVICE.test(name) ? undefined : `in a cluster, a name begins with a letter: rename ${name}`;

export function whyNotAnnotation(key: string): string | undefined {
  const [prefix, name, ...more] = key.includes('/') ? key.split('/') : ['a', key];
  if (key.startsWith(OURS)) return `annotations under ${OURS} are Landfall's own`;
  const isRight = more.length === 0 && SUBDOMAIN.test(prefix ?? '') && QUALIFIED.test(name ?? '');
  return isRight ? undefined : 'use the name of an annotation, such as nginx.ingress.kubernetes.io/proxy-body-size';
}

/**
 * The namespace of an environment: the one that it names, or `PROJECT-ENVIRONMENT`. A default that would be too long is
 * cut, and told from its like by a number that is made of the whole; one that would be the cluster's own is not.
 */
export function namespaceOf(
  { project, environment }: Pick<EnvironmentKey, 'project' | 'environment'>,
  { namespace }: { readonly namespace?: string },
): string {
  if (namespace !== undefined) return namespace;
  const whole = `${project}-${environment}`;
  const usual = whole.startsWith(OF_THE_CLUSTER) ? `of-${whole}` : whole;
  if (usual.length <= MAX_NAMESPACE) return usual;
  const mark = checksum(usual);
  return `${usual.slice(0, MAX_NAMESPACE - mark.length - 1).replace(/-+$/, '')}-${mark}`;
}

/** FNV-1a, 32 bits: it tells names apart, and guards nothing. Pure, for workflows. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
