/** Answers of the API, each complete; a test changes what it is about. */
import type { BuildView, ChangesView, DeploymentView, ReleaseView, ServiceView } from '../../../contracts/http/api.ts';

const COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const AT = '2026-01-02T03:04:05.000Z';

const BEFORE = {
  deploymentId: 'shop.web.production.40',
  commit: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c',
  digest: `sha256:${'cd'.repeat(32)}`,
};

export const changesView = (change: Partial<ChangesView> = {}): ChangesView => ({
  from: BEFORE,
  to: COMMIT,
  rollback: false,
  compareUrl: `https://github.com/acme/shop/compare/${BEFORE.commit}...${COMMIT}`,
  ...change,
});

export const buildView = (change: Partial<BuildView> = {}): BuildView => ({
  id: 'shop.web.42',
  project: 'shop',
  service: 'web',
  commit: COMMIT,
  state: 'completed',
  host: 'local',
  builder: 'dockerfile',
  image: `127.0.0.1:5000/shop/web@${DIGEST}`,
  digest: DIGEST,
  bases: [],
  tags: [COMMIT],
  failure: null,
  times: { pending: AT, completed: AT },
  ...change,
});

export const deploymentView = (change: Partial<DeploymentView> = {}): DeploymentView => ({
  id: 'shop.web.production.42',
  releaseId: 'shop.web.42',
  project: 'shop',
  service: 'web',
  environment: 'production',
  ref: 'main',
  commit: COMMIT,
  subject: 'Sell more',
  actor: 'octocat',
  state: 'live',
  generation: 7,
  image: `127.0.0.1:5000/shop/web@${DIGEST}`,
  digest: DIGEST,
  builder: 'dockerfile',
  changes: changesView(),
  urls: ['http://127.0.0.1:20080'],
  healthAttempts: 1,
  failure: null,
  leftovers: [],
  createdAt: AT,
  updatedAt: AT,
  steps: [],
  ...change,
});

export const releaseView = (change: Partial<ReleaseView> = {}): ReleaseView => ({
  id: 'shop.web.42',
  project: 'shop',
  service: 'web',
  sequence: 42,
  ref: 'main',
  commit: COMMIT,
  subject: 'Sell more',
  actor: 'octocat',
  state: 'completed',
  failure: null,
  createdAt: AT,
  build: buildView(),
  deployments: [deploymentView()],
  ...change,
});

export const serviceView = (change: Partial<ServiceView> = {}): ServiceView => ({
  project: 'shop',
  service: 'web',
  source: 'acme/shop',
  branch: 'main',
  environments: [
    {
      project: 'shop',
      service: 'web',
      environment: 'production',
      live: {
        deploymentId: 'shop.web.production.41',
        commit: COMMIT,
        digest: DIGEST,
        builder: 'dockerfile',
        since: AT,
        changes: changesView(),
      },
      previous: { ...BEFORE, builder: 'railpack' },
    },
  ],
  ...change,
});
