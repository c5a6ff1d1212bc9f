/** The environment of `remote-host.ts`. */
import { z } from 'zod';
import type { HostSettings } from '../contracts/config/host.ts';
import { NAME } from '../contracts/core/names.ts';
import {
  parseEnv,
  privateKey,
  readHosts,
  secretSetting,
  sharedConfig,
  sharedFields,
  url,
  type Env,
} from './settings.ts';

const Environment = z.object({
  ...sharedFields,
  LANDFALL_HOST: z.string().regex(NAME, 'use the name of a host in LANDFALL_HOSTS_FILE'),
  LANDFALL_HOSTS_FILE: z.string().describe('JSON array of hosts, of which this one is served.'),
  LANDFALL_URL: url.describe("Landfall's address, for logs and values."),
  LANDFALL_HOST_TOKEN: secretSetting.describe('A token of LANDFALL_HOST_TOKENS_FILE on the other side.'),
  GITHUB_APP_ID: z.coerce.number().int().positive().optional().describe('Needed on a host that fetches commits.'),
});

/** @throws Error that names everything that is missing or wrong */
export function readHostConfig(env: Env) {
  const set = parseEnv(Environment, env);
  const host = hostNamed(set.LANDFALL_HOST, set.LANDFALL_HOSTS_FILE);
  return {
    ...sharedConfig(set),
    host,
    landfall: { url: set.LANDFALL_URL, token: set.LANDFALL_HOST_TOKEN },
    gitHub: host.roles.includes('build') ? gitHubOf(set) : undefined,
  };
}

function hostNamed(name: string, file: string): HostSettings {
  const hosts = readHosts(file);
  const host = hosts.find((one) => one.name === name);
  if (host) return host;
  throw new Error(
    `Landfall cannot start: ${file} has no host ${name}. It has ${hosts.map((one) => one.name).join(', ') || 'none'}.`,
  );
}

function gitHubOf(set: z.infer<typeof Environment>) {
  if (set.GITHUB_APP_ID !== undefined) {
    return { apiUrl: set.GITHUB_API_URL, appId: set.GITHUB_APP_ID, privateKey: privateKey(set) };
  }
  throw new Error(
    `Landfall cannot start: ${set.LANDFALL_HOST} builds images, so it fetches commits: set GITHUB_APP_ID and ` +
      'GITHUB_APP_PRIVATE_KEY_FILE, or take "build" from its roles.',
  );
}
