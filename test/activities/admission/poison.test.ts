import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from '@jest/globals';
import { createYamlReader } from '../../../workers/yaml-reader.ts';
import { HOSTILE } from '../../contracts/core/hostile-yaml.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { FILE, startDeliveryScene } from './scene.ts';

const yaml = createYamlReader();
onCleanup(() => yaml.close());
const scene = await startDeliveryScene({ readYaml: yaml.read });

test('a poisoned landfall.yaml among a hundred commits delays none of the others [B4][G5]', async () => {
  const poison = HOSTILE['one flow map of tens of thousands of keys'] ?? '';
  const good = await scene.land({ 'landfall.yaml': FILE });
  const bad = await scene.land({ 'landfall.yaml': poison }, { ref: 'poison' });
  await scene.validate(good);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const [first, ...others] = await Promise.all(
    Array.from({ length: 100 }, (_, index) => scene.validate(index === 0 ? bad : good)),
  );
  delay.disable();
  expect(first).toMatchObject({ conclusion: 'failure', title: 'landfall.yaml cannot be used' });
  expect(others.filter((one) => one?.conclusion !== 'success')).toEqual([]);
  // Reading the poison on this thread took from seconds to minutes; a hundred looks at GitHub take some of this.
  expect(delay.max / 1e6).toBeLessThan(1_000);
});
