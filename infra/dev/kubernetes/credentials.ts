/** The keys and passwords of one control plane, in files that only we read. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Credentials {
  /** PEM: signs the tokens of service accounts. */
  readonly signingKeyFile: string;
  /** PEM: checks them. */
  readonly publicKeyFile: string;
  /** The API server's static tokens: a line `token,user,uid,"group,…"` each. */
  readonly tokensFile: string;
  /** The API server makes its own certificate here: `apiserver.crt`. */
  readonly certificates: string;
  /** A person with this one may do everything. */
  readonly adminToken: string;
}

const MINE_ALONE = { mode: 0o600 } as const;

/** Writes new ones into the folder. */
export function makeCredentials(dir: string): Credentials {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(dir, name);
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const adminToken = randomBytes(24).toString('hex');
  const made = {
    ...{ signingKeyFile: at('service-accounts.key'), publicKeyFile: at('service-accounts.pub') },
    ...{ tokensFile: at('tokens.csv'), certificates: at('api-server') },
  };
  writeFileSync(made.signingKeyFile, keys.privateKey.export({ type: 'sec1', format: 'pem' }), MINE_ALONE);
  writeFileSync(made.publicKeyFile, keys.publicKey.export({ type: 'spki', format: 'pem' }), MINE_ALONE);
  writeFileSync(made.tokensFile, `${adminToken},admin,admin,system:masters\n`, MINE_ALONE);
  return { ...made, adminToken };
}

export interface ClusterAccess {
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** The certificates that vouch for it, in a file: PEM. */
  readonly caFile: string;
  readonly token: string;
}

/** Writes a kubeconfig file, which holds the token. JSON is YAML, too. */
export function writeKubeconfig(file: string, { server, caFile, token }: ClusterAccess): void {
  const name = 'local';
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name, cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(file, JSON.stringify(config), MINE_ALONE);
}
