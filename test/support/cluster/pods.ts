/** Watching the pods of a cluster. */
import type { Api } from '../../../infra/dev/kubernetes/api.ts';

/** The part of a pod that is read here. */
export interface Pod {
  readonly metadata: {
    readonly uid: string;
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly resourceVersion: string;
  };
  readonly spec: { readonly containers: readonly Container[] };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly state?: { readonly running?: object };
    }[];
  };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly readinessProbe?: {
    readonly httpGet?: { readonly path?: string; readonly port: number | string };
  };
}

interface PodEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Pod;
}

interface Watcher {
  readonly seen: (pod: Pod) => void;
  readonly gone: (uid: string) => void;
}

/** Tells of every pod, now and whenever it changes, until the signal. */
export async function watchPods(api: Api, { seen, gone }: Watcher, signal: AbortSignal): Promise<void> {
  let known = new Set<string>();
  const over = () => signal.aborted;
  while (!over()) {
    try {
      const list = await api.call<{ metadata: { resourceVersion: string }; items: Pod[] }>('GET', '/api/v1/pods');
      const now = new Set(list.items.map(({ metadata }) => metadata.uid));
      for (const uid of known) if (!now.has(uid)) gone(uid);
      known = now;
      list.items.forEach(seen);
      const since = `watch=1&resourceVersion=${list.metadata.resourceVersion}`;
      for await (const line of api.lines(`/api/v1/pods?${since}`, signal)) {
        const { type, object } = JSON.parse(line) as PodEvent;
        // The version is too old to go on from: list them again.
        if (type === 'ERROR') break;
        if (type === 'BOOKMARK') continue;
        if (type === 'DELETED') known.delete(object.metadata.uid);
        else known.add(object.metadata.uid);
        if (type === 'DELETED') gone(object.metadata.uid);
        else seen(object);
      }
    } catch (error) {
      if (!over()) console.error('Watching the pods of the tests:', error);
    }
  }
}
