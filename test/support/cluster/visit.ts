import type { Api } from '../../../infra/dev/kubernetes/api.ts';

const VISIT_MS = 10_000;

interface EndpointSlices {
  readonly items: readonly {
    readonly endpoints?: readonly {
      readonly addresses: readonly string[];
      readonly conditions?: { ready?: boolean };
    }[];
    readonly ports?: readonly { readonly port?: number }[];
  }[];
}

/** A ready endpoint answers, by chance, as with kube-proxy. @returns the body, or why there is none */
export async function visitService(api: Api, namespace: string, service: string): Promise<string> {
  const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
  const { items } = await api.call<EndpointSlices>('GET', slices);
  const ready = items.flatMap(({ endpoints, ports }) =>
    (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .map(({ addresses }) => `${addresses[0]}:${ports?.[0]?.port}`),
  );
  const address = ready[Math.floor(Math.random() * ready.length)];
  if (address === undefined) return `no pod behind ${service} is ready`;
  try {
    return await (
      await fetch(`http://${address}/`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(VISIT_MS) })
    ).text();
  } catch (error) {
    return `${address} does not answer: ${String((error as Error).cause ?? error)}`;
  }
}
