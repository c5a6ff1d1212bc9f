import type { Api } from '../../../infra/dev/kubernetes/api.ts';

const NODES = 3;
const CAPACITY = { cpu: '64', memory: '256Gi', pods: '500' };

/** Registers nodes, as their kubelets would: with their size, and where they are asked for logs. */
export async function registerNodes(api: Api, kubeletPort: number): Promise<void> {
  for (let number = 1; number <= NODES; number += 1) {
    const name = `node-${number}`;
    await api.call('POST', '/api/v1/nodes', {
      ...{ apiVersion: 'v1', kind: 'Node' },
      metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
      status: {
        ...{ capacity: CAPACITY, allocatable: CAPACITY },
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      },
    });
  }
}
