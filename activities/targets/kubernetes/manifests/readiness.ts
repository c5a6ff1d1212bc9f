import type { V1Probe } from '@kubernetes/client-node';
import type { Run } from '../run.ts';
import { PORT_NAME } from './port-name.ts';

/** Kubernetes takes any answer of these as ready (docs, "Configure Liveness, Readiness and Startup Probes"). */
const isTaken = (status: number): boolean => status >= 200 && status < 400;

/**
 * Decides which pods get requests. It is the coarser of two checks: Landfall's own probe, which knows the whole of
 * `health`, decides whether a deployment goes on. A service that is to answer an error is asked for a connection only.
 */
export function readinessProbe({ health: { kind, path, host, status, timeoutMs } }: Pick<Run, 'health'>): V1Probe {
  const times = { periodSeconds: 2, timeoutSeconds: Math.ceil(timeoutMs / 1_000), failureThreshold: 3 };
  if (kind !== 'http' || !isTaken(status)) return { tcpSocket: { port: PORT_NAME }, ...times };
  const httpHeaders = host === undefined ? undefined : [{ name: 'Host', value: host }];
  return { httpGet: { path, port: PORT_NAME, ...(httpHeaders && { httpHeaders }) }, ...times };
}
