/** Service accounts that may do only what a test says. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Api } from '../../../infra/dev/kubernetes/api.ts';
import { writeKubeconfig, type ClusterAccess } from '../../../infra/dev/kubernetes/credentials.ts';
import { onCleanup } from '../cleanup.ts';
import { tempDir } from '../tmp.ts';

/** One rule of a role (rbac.authorization.k8s.io/v1). */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const RBAC = { apiGroup: 'rbac.authorization.k8s.io', apiVersion: 'rbac.authorization.k8s.io/v1' };
const HOME = 'default';

/** @returns its kubeconfig file */
export async function makeIdentity(
  api: Api,
  access: ClusterAccess,
  rules: readonly PolicyRule[],
  namespaces?: readonly string[],
): Promise<string> {
  const metadata = { name: `identity-${randomBytes(5).toString('hex')}` };
  const { name } = metadata;
  const accounts = `/api/v1/namespaces/${HOME}/serviceaccounts`;
  await make(api, accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const kinds = namespaces ? (['Role', 'RoleBinding'] as const) : (['ClusterRole', 'ClusterRoleBinding'] as const);
  const places = namespaces?.map((namespace) => `/namespaces/${namespace}`) ?? [''];
  for (const place of places) {
    const at = (kind: string) => `/apis/${RBAC.apiVersion}${place}/${kind.toLowerCase()}s`;
    const [role, binding] = kinds;
    await make(api, at(role), { apiVersion: RBAC.apiVersion, kind: role, metadata, rules });
    await make(api, at(binding), {
      ...{ apiVersion: RBAC.apiVersion, kind: binding, metadata },
      roleRef: { apiGroup: RBAC.apiGroup, kind: role, name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: HOME }],
    });
  }
  const granted = await api.call<{ status: { token: string } }>('POST', `${accounts}/${name}/token`, {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  const file = join(tempDir(), 'kubeconfig');
  writeKubeconfig(file, { ...access, token: granted.status.token });
  return file;
}

interface Named extends Readonly<Record<string, unknown>> {
  readonly metadata: { readonly name: string };
}

/** The object is gone after the file's last test. */
async function make(api: Api, path: string, object: Named): Promise<void> {
  await api.call('POST', path, object);
  onCleanup(async () => {
    await api.call('DELETE', `${path}/${object.metadata.name}`).catch(() => undefined);
  });
}
