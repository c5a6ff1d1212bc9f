/** A target of clusters, as deployments carry it. */
import type { KubernetesSettings } from '../../../contracts/config/targets/kubernetes.ts';
import type { TargetRequest } from '../../../contracts/deployment/target.ts';

export const kubernetesSettings = (changes: Partial<KubernetesSettings> = {}): KubernetesSettings => ({
  kind: 'kubernetes',
  namespace: 'shop-production',
  strategy: 'rolling',
  replicas: 2,
  port: 80,
  rolloutMs: 600_000,
  ...changes,
});

const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** A whole request, of which a test changes what it is about. */
export const kubernetesRequest = ({
  settings,
  ...changes
}: Partial<TargetRequest> & { readonly settings?: Partial<KubernetesSettings> } = {}): TargetRequest => ({
  key: { project: 'shop', service: 'web', environment: 'production' },
  deploymentId: 'shop.web.production.42',
  generation: 7,
  image: `registry.test/shop/web@${DIGEST}`,
  commit: '0123456789abcdef0123456789abcdef01234567',
  run: { port: 3000, env: { MODE: 'live' }, stopTimeoutMs: 2_500 },
  health: {
    kind: 'http',
    path: '/health',
    status: 200,
    timeoutMs: 5_000,
    stable: { forMs: 5_000, successes: 3 },
    attempts: 15,
    firstWaitMs: 1_000,
    maxWaitMs: 60_000,
  },
  kindSettings: kubernetesSettings(settings),
  ...changes,
});
