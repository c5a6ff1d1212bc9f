/** Names of images (OCI distribution-spec, "Pulling manifests"). */
import { failure } from '../../contracts/failures.ts';
import type { ServiceKey } from '../../contracts/keys.ts';
import { TAG } from '../../contracts/names.ts';

export interface Repository {
  /** `host:port` of the registry. */
  readonly host: string;
  /** `project/service`, after the prefix if the registry is used with one. */
  readonly name: string;
}

/** @param address - HOST[:PORT][/PREFIX], as a host is configured with */
export function repositoryOf(address: string, { project, service }: ServiceKey): Repository {
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

export const byTag = ({ host, name }: Repository, tag: string): string => `${host}/${name}:${tag}`;
export const byDigest = ({ host, name }: Repository, digest: string): string => `${host}/${name}@${digest}`;
