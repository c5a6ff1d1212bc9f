/** Fetches values from the control plane, for a host without a database. */
import { HostValues } from '../../contracts/http/api.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { createHostRequests, type HostRequestOptions } from './host-requests.ts';
import type { VariableSource } from './variables.port.ts';

/** `GET {url}/api/hosts/values/{deployment}`. One question is one request. */
export function createHttpVariables(options: HostRequestOptions): VariableSource {
  const requests = createHostRequests(options, 'variables');
  return {
    async valuesOf({ deploymentId, revision, restoring = false }, signal) {
      const query = revision === undefined ? '' : `?revision=${revision}&restoring=${restoring}`;
      const parsed = HostValues.safeParse(
        await requests.get(`/api/hosts/values/${encodeURIComponent(deploymentId)}${query}`, signal),
      );
      if (!parsed.success) throw requests.notUnderstood();
      const values = parsed.data;
      if (!values) return null;
      const secrets = Object.entries(values.secrets).map(([name, value]) => [name, new Secret(value)] as const);
      return { ...values, secrets: Object.fromEntries(secrets) };
    },
  };
}
