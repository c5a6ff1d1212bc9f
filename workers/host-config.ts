/** The environment of `remote-host.ts`. */
import { z } from 'zod';
import type { ClusterSettings } from '../contracts/config/cluster.ts';
import type { HostSettings } from '../contracts/config/host.ts';
import { NAME } from '../contracts/core/names.ts';
import {
  parseEnv,
  privateKey,
  readClusters,
  readHosts,
  secretSetting,
  sharedConfig,
  sharedFields,
  url,
  type Env,
} from './settings.ts';

const common = {
  ...sharedFields,
  LANDFALL_URL: url.describe("Landfall's address, for logs and values."),
  LANDFALL_HOST_TOKEN: secretSetting.describe('A token of LANDFALL_HOST_TOKENS_FILE on the other side.'),
};

const OfHost = z.object({
  ...common,
  LANDFALL_HOST: z.string().regex(NAME, 'use the name of a host in LANDFALL_HOSTS_FILE'),
  LANDFALL_HOSTS_FILE: z.string().describe('JSON array of hosts, of which this one is served.'),
  GITHUB_APP_ID: z.coerce.number().int().positive().optional().describe('Needed on a host that fetches commits.'),
});

const OfCluster = z.object({
  ...common,
  LANDFALL_CLUSTER: z.string().regex(NAME, 'use the name of a cluster in LANDFALL_CLUSTERS_FILE'),
  LANDFALL_CLUSTERS_FILE: z.string().describe('JSON array of clusters, of which this one is served.'),
});

/** One of the two. */
type ServedPlace =
  | { readonly host: HostSettings; readonly cluster?: undefined }
  | { readonly host?: undefined; readonly cluster: ClusterSettings };

/** @throws Error that names everything that is missing or wrong */
export function readHostConfig(env: Env) {
  const { LANDFALL_HOST: host, LANDFALL_CLUSTER: cluster } = env;
  if (host && cluster) {
    throw new Error(
      `Landfall cannot start: LANDFALL_HOST is ${host} and LANDFALL_CLUSTER is ${cluster}. Set one: a worker serves one place.`,
    );
  }
  return cluster ? clusterConfig(env) : hostConfig(env);
}

function clusterConfig(env: Env) {
  const set = parseEnv(OfCluster, env);
  const file = set.LANDFALL_CLUSTERS_FILE;
  const place: ServedPlace = { cluster: called(set.LANDFALL_CLUSTER, 'cluster', file, readClusters(file)) };
  return { ...sharedConfig(set), ...place, landfall: landfallOf(set), gitHub: undefined };
}

function hostConfig(env: Env) {
  const set = parseEnv(OfHost, env);
  const file = set.LANDFALL_HOSTS_FILE;
  const host = called(set.LANDFALL_HOST, 'host', file, readHosts(file));
  const place: ServedPlace = { host };
  const gitHub = host.roles.includes('build') ? gitHubOf(set) : undefined;
  return { ...sharedConfig(set), ...place, landfall: landfallOf(set), gitHub };
}

const landfallOf = ({ LANDFALL_URL, LANDFALL_HOST_TOKEN }: z.infer<z.ZodObject<typeof common>>) => ({
  url: LANDFALL_URL,
  token: LANDFALL_HOST_TOKEN,
});

function called<T extends { readonly name: string }>(name: string, noun: string, file: string, all: readonly T[]): T {
  const found = all.find((one) => one.name === name);
  if (found) return found;
  throw new Error(
    `Landfall cannot start: ${file} has no ${noun} ${name}. It has ${all.map((one) => one.name).join(', ') || 'none'}.`,
  );
}

function gitHubOf(set: z.infer<typeof OfHost>) {
  if (set.GITHUB_APP_ID !== undefined) {
    return { apiUrl: set.GITHUB_API_URL, appId: set.GITHUB_APP_ID, privateKey: privateKey(set) };
  }
  throw new Error(
    `Landfall cannot start: ${set.LANDFALL_HOST} builds images, so it fetches commits: set GITHUB_APP_ID and ` +
      'GITHUB_APP_PRIVATE_KEY_FILE, or take "build" from its roles.',
  );
}
