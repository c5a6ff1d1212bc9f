import type { V1EnvVar } from '@kubernetes/client-node';
import type { VariableValues } from '../../../../contracts/config/variables.ts';
import { secretsName, variablesName } from '../names.ts';
import type { Run } from '../run.ts';

/**
 * The process's environment: our variables first, then landfall.yaml's, then those set for the environment. The values of
 * the latter are in objects of their own, and only named here.
 */
export function podVariables(
  { key, run, variables }: Pick<Run, 'key' | 'run' | 'variables'>,
  values: VariableValues | null,
): V1EnvVar[] {
  const given = values?.variables ?? {};
  const secrets = variables?.secrets ?? [];
  const revision = variables ?? values;
  // Generated images (Nixpacks, Railpack, buildpacks) expect PORT.
  const plain = Object.entries({ PORT: String(run.port), ...run.env, ...given }).filter(
    ([name]) => !secrets.includes(name),
  );
  return [
    ...plain.map(([name, value]) =>
      revision && Object.hasOwn(given, name)
        ? { name, valueFrom: { configMapKeyRef: { name: variablesName(key, revision), key: name } } }
        : { name, value: verbatim(value) },
    ),
    ...secrets.map((name) => ({
      name,
      ...(revision && { valueFrom: { secretKeyRef: { name: secretsName(key, revision), key: name } } }),
    })),
  ];
}

/**
 * Kubernetes replaces `$(NAME)` in arguments and values, and reads `$$` as one `$`. A service gets them as they were
 * written. Source: k8s.io/kubernetes/third_party/forked/golang/expansion.
 */
export const verbatim = (text: string): string => text.replaceAll('$', '$$$$');
