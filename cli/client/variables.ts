/** The API's endpoints for variables and secrets. Every part of a path has been validated as a name before. */
import type { z } from 'zod';
import type { SetVariables } from '../../contracts/http/api.ts';
import { SecretsRotated, VariablesChanged, VariablesView } from '../../contracts/http/api.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Http } from './http.ts';

const pathOf = ({ project, service, environment }: EnvironmentKey): string =>
  `/api/environments/${project}/${service}/${environment}/variables`;

export const variables = (http: Http, key: EnvironmentKey): Promise<VariablesView> =>
  http.get(pathOf(key), VariablesView);

export const setVariables = (
  http: Http,
  key: EnvironmentKey,
  wanted: z.input<typeof SetVariables>,
): Promise<VariablesChanged> => http.put(pathOf(key), wanted, VariablesChanged);

export function unsetVariables(
  http: Http,
  key: EnvironmentKey,
  { names, deploy }: { readonly names: readonly string[]; readonly deploy: boolean },
): Promise<VariablesChanged> {
  const query = new URLSearchParams({ deploy: String(deploy) });
  for (const name of names) query.append('name', name);
  return http.delete(`${pathOf(key)}?${query.toString()}`, VariablesChanged);
}

export const rotateSecrets = (http: Http): Promise<SecretsRotated> =>
  http.post('/api/secrets/rotate', {}, SecretsRotated);
