/** Names of images (OCI distribution-spec, "Pulling manifests"). */
import { failure } from '../../contracts/core/failures.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { TAG } from '../../contracts/core/names.ts';

export interface ImageRepository {
  /** `host:port` of the registry. */
  readonly host: string;
  /** `project/service`, after the prefix if the registry is used with one. */
  readonly name: string;
}

/** @param address - HOST[:PORT][/PREFIX], as a host is configured with */
export function repositoryOf(address: string, { project, service }: ServiceKey): ImageRepository {
  const [host = '', ...prefix] = address.split('/');
  return { host, name: [...prefix, project, service].join('/') };
}

/** @throws `InvalidRequest` for what no registry takes as a tag */
export function checkTag(tag: string): string {
  if (!TAG.test(tag)) {
    throw failure(
      'InvalidRequest',
      `${JSON.stringify(tag.slice(0, 140))} cannot be an image tag. Use up to 128 letters, digits, "_", "." and "-".`,
    );
  }
  return tag;
}

export const byTag = ({ host, name }: ImageRepository, tag: string): string => `${host}/${name}:${tag}`;
export const byDigest = ({ host, name }: ImageRepository, digest: string): string => `${host}/${name}@${digest}`;

const HUB = 'docker.io';
/** Other names of its hosts. */
const HUB_HOSTS: ReadonlySet<string> = new Set([HUB, 'index.docker.io', 'registry-1.docker.io']);

/** One name for Docker Hub, which has several. @param host - `host:port` of any registry */
export const registryNamed = (host: string): string => (HUB_HOSTS.has(host) ? HUB : host);

/**
 * An image's name with the registry that it is in: `node:22` is `docker.io/library/node:22` (docs.docker.com, "Image names").
 *
 * @param reference - of an image; the address of a registry alone looks like a short name
 */
export function fullName(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  if (rest.length === 0) return `${HUB}/library/${reference}`;
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  return isHost ? [registryNamed(first), ...rest].join('/') : `${HUB}/${reference}`;
}
