/** The arguments of each program of a control plane on one machine. */
import { join } from 'node:path';
import type { Credentials } from './credentials.ts';

export interface ControlPlanePorts {
  readonly etcd: number;
  readonly etcdPeers: number;
  readonly apiServer: number;
}

const url = (port: number): string => `http://127.0.0.1:${port}`;

export const etcdArguments = (dir: string, { etcd, etcdPeers }: ControlPlanePorts): string[] => [
  ...['etcd', join(dir, 'etcd'), url(etcd), url(etcdPeers)],
];

/**
 * Its ordinary admission: life cycle of namespaces, quotas, limit ranges, pod security, service accounts, webhooks. It
 * asks a node for the logs of pods at the address and port that the node's status names.
 */
export const apiServerArguments = (ports: ControlPlanePorts, credentials: Credentials): string[] => [
  ...['kube-apiserver', '--etcd-servers', url(ports.etcd), '--bind-address', '127.0.0.1'],
  ...['--secure-port', String(ports.apiServer), '--advertise-address', '127.0.0.1'],
  ...['--endpoint-reconciler-type', 'none', '--service-cluster-ip-range', '10.96.0.0/16'],
  ...['--cert-dir', credentials.certificates, '--token-auth-file', credentials.tokensFile],
  ...['--authorization-mode', 'RBAC', '--profiling=false', '--kubelet-preferred-address-types', 'InternalIP'],
  // Nothing would take that taint away from simulated nodes.
  ...['--disable-admission-plugins', 'TaintNodesByCondition'],
  ...['--service-account-issuer', 'https://kubernetes.default.svc'],
  ...['--service-account-key-file', credentials.publicKeyFile],
  ...['--service-account-signing-key-file', credentials.signingKeyFile],
];

export const controllersArguments = (kubeconfig: string): string[] => ['controllers', kubeconfig];

/** Nothing else is there that may lead, and nothing sends it requests. */
export const schedulerArguments = (kubeconfig: string): string[] => [
  ...['kube-scheduler', '--kubeconfig', kubeconfig, '--leader-elect=false', '--secure-port', '0'],
  ...['--kube-api-qps', '400', '--kube-api-burst', '600'],
];
