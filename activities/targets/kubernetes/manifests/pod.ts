/**
 * A pod that the "restricted" profile of Kubernetes' Pod Security Standards takes: no root, no way to gain rights, the
 * runtime's own seccomp profile.
 */
import type { V1Container, V1PodSpec, V1ResourceRequirements, V1SecurityContext } from '@kubernetes/client-node';
import type { VariableValues } from '../../../../contracts/config/variables.ts';
import type { Run } from '../run.ts';
import { podVariables } from './environment.ts';
import type { Maker } from './metadata.ts';

/** The part that a service and its release command do not share. */
interface Parts {
  readonly container: Partial<V1Container>;
  readonly restartPolicy: 'Always' | 'Never';
}

export function podSpec(
  { pullSecret }: Maker,
  run: Run,
  values: VariableValues | null,
  { container, restartPolicy }: Parts,
): V1PodSpec {
  const { key, image, run: settings, serviceAccount, pullSecrets = [], runAsUser, readOnlyRoot } = run;
  const pulling = [...new Set([...pullSecrets, ...(pullSecret === undefined ? [] : [pullSecret])])];
  const resources = resourcesOf(run);
  return {
    restartPolicy,
    ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
    automountServiceAccountToken: false,
    // A process gets the variables that it was given, and no addresses of whatever else the namespace has.
    enableServiceLinks: false,
    ...(pulling.length > 0 && { imagePullSecrets: pulling.map((name) => ({ name })) }),
    terminationGracePeriodSeconds: Math.ceil(settings.stopTimeoutMs / 1_000),
    securityContext: {
      runAsNonRoot: true,
      ...(runAsUser !== undefined && { runAsUser }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: key.service,
        image,
        env: podVariables(run, values),
        ...(resources && { resources }),
        securityContext: containerSecurity(run),
        // Most programs need a place for temporary files.
        ...(readOnlyRoot && { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }),
        ...container,
      },
    ],
    ...(readOnlyRoot && { volumes: [{ name: 'tmp', emptyDir: {} }] }),
  };
}

/** The one that the profile lets a pod keep. An image whose program has it as a file capability does not start without. */
const KEPT = 'NET_BIND_SERVICE';

function containerSecurity({ run: { privileges }, readOnlyRoot }: Run): V1SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], ...(!privileges?.drop.includes(KEPT) && { add: [KEPT] }) },
    ...(readOnlyRoot && { readOnlyRootFilesystem: true }),
  };
}

function resourcesOf({ run: { memoryBytes }, resources }: Run): V1ResourceRequirements | undefined {
  const limits = { ...(memoryBytes !== undefined && { memory: String(memoryBytes) }), ...resources?.limits };
  const requests = resources?.requests ?? {};
  const isEmpty = (one: object) => Object.keys(one).length === 0;
  if (isEmpty(limits) && isEmpty(requests)) return undefined;
  return { ...(!isEmpty(requests) && { requests: { ...requests } }), ...(!isEmpty(limits) && { limits }) };
}
