/**
 * Names of what an environment has in a cluster. They are made of its service, so that people know them by sight, and
 * fit where Kubernetes is strictest: a label of RFC 1035, 63 characters, a letter first.
 */
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { VariablesOfRun } from '../../../contracts/config/variables.ts';
import type { Run } from './run.ts';
import { shortHash } from './short-hash.ts';

const LONGEST = 63;
const HASH = 8;

/** A name that would be too long loses its middle, and a hash of the lost part tells it from its like. */
function fitting(begin: string, end: string): string {
  if (begin.length + end.length <= LONGEST) return begin + end;
  const kept = begin.slice(0, LONGEST - end.length - HASH - 1).replace(/-+$/, '');
  return `${kept}-${shortHash(begin, HASH)}${end}`;
}

/** A service may begin with a digit, a name in the cluster's DNS may not. */
export const clusterServiceName = ({ service }: Pick<EnvironmentKey, 'service'>): string =>
  /^[a-z]/.test(service) ? service : fitting(`s-${service}`, `-${shortHash(service, HASH)}`);

const part = (key: EnvironmentKey, end: string): string => fitting(clusterServiceName(key), `-${end}`);

/** `web`; with blue-green, one for each generation: `web-7`. */
export const deploymentName = ({ key, strategy, generation }: Pick<Run, 'key' | 'strategy' | 'generation'>): string =>
  strategy === 'rolling' ? clusterServiceName(key) : part(key, String(generation));

/** The ConfigMap that keeps older generations away. */
export const fenceName = (key: EnvironmentKey): string => part(key, 'landfall');

/** The fingerprint keeps values of a database that was lost apart from those of the same revision now. */
type Revision = Pick<VariablesOfRun, 'revision' | 'fingerprint'>;

/** The ConfigMap of one revision's variables. */
export const variablesName = (key: EnvironmentKey, { revision, fingerprint }: Revision): string =>
  part(key, `vars-${revision}-${fingerprint}`);

/** The Secret of one revision's secrets. */
export const secretsName = (key: EnvironmentKey, { revision, fingerprint }: Revision): string =>
  part(key, `secrets-${revision}-${fingerprint}`);

/**
 * The Job of a release command. The same number of the same release is the same Job, whatever its generation: an
 * environment that was ended by force admits the deployment again, and its command has been run. The commit keeps it
 * apart from another release that was given the same number after a loss of the store.
 *
 * @param number - of the run; a person may order another one after it has failed
 */
export const releaseJobName = (
  { key, deploymentId, commit }: Pick<Run, 'key' | 'deploymentId' | 'commit'>,
  number: number,
): string => part(key, `release-${shortHash([deploymentId, commit, number].join('\n'), HASH * 2)}`);

/** The pull secret of an installation, one in each namespace. */
export const pullSecretName = (owner: string): string => `${owner}-pull`;
