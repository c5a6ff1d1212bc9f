import { createCell, digestIn, replicaName, type Program } from '../../support/targets/memory/cell.ts';
import type { MemorySettings } from '../../support/targets/memory/kind.ts';
import { createMemoryTarget } from '../../support/targets/memory/target.ts';
import { deploymentId, environmentId } from '../../../contracts/core/ids.ts';
import type { TargetRequest } from '../../../contracts/deployment/target.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { describeTargetContract, type Scene, type Version } from './contract.ts';

const cell = createCell('contract');
const images = { one: imageOf('one'), two: imageOf('two'), three: imageOf('three') } satisfies Record<Version, string>;
const registry = new Map<string, Program>(
  Object.entries(images).map(([version, image]) => [image, (path) => (path === '/' ? `ok ${version}` : undefined)]),
);
const SETTINGS: MemorySettings = { kind: 'memory', path: '/shop' };
let scenes = 0;
let changes = 0;

function imageOf(version: Version): string {
  return `registry.test/web@${digestOf(version)}`;
}

function scene(): Scene {
  scenes += 1;
  const key = { project: 'shop', service: `s${scenes}`, environment: 'production' };
  const slot = () => cell.slot(environmentId(key));
  const replicaOf = (request: TargetRequest) => {
    const found = slot().replicas.get(replicaName(request));
    if (!found) throw new Error(`there is no replica of ${request.deploymentId}`);
    return found;
  };
  return {
    key,
    request: (version, generation, more) => ({
      ...{ key, generation, deploymentId: deploymentId(key, generation), image: images[version] },
      commit: '0123456789abcdef0123456789abcdef01234567',
      run: { port: 80, env: {}, stopTimeoutMs: 0 },
      health: { kind: 'http', path: '/', status: 200, timeoutMs: 20_000, attempts: 3, firstWaitMs: 1, maxWaitMs: 1 },
      kindSettings: SETTINGS,
      ...more,
    }),
    async visit() {
      const { serving, replicas, pages } = slot();
      if (pages.page) return 'status 503';
      const replica = serving === null ? undefined : replicas.get(serving);
      return (replica && registry.get(replica.image)?.('/')) ?? 'no answer';
    },
    snapshot: async () => {
      const { serving, replicas } = slot();
      return { serving, replicas: [...replicas].map(([name, { image }]) => [name, digestIn(image)]).sort() };
    },
    async loseReplica(request) {
      slot().replicas.delete(replicaName(request));
    },
    async loseImage({ image }) {
      cell.images.delete(image);
    },
    async disguise(request, version) {
      replicaOf(request).image = images[version];
    },
  };
}

describeTargetContract('The kind that is made of nothing', async () => ({
  activities: () => createMemoryTarget({ cell, registry }),
  interrupted(at, act) {
    changes = 0;
    const onChange = () => {
      if ((changes += 1) === at) act();
    };
    return createMemoryTarget({ cell, registry, onChange });
  },
  changes: () => changes,
  scene: async () => scene(),
  keepsPrevious: true,
  pages: true,
  missingImage: `registry.test/web@sha256:${'0'.repeat(64)}`,
}));
