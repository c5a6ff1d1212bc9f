import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Builder } from '../../../activities/build/builders/builder.port.ts';
import { dockerfile } from '../../../activities/build/builders/dockerfile.ts';
import { chooseRecipe } from '../../../activities/build/choose-recipe.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import type { BuildSettings } from '../../../contracts/config/service.ts';
import { tempDir } from '../../support/tmp.ts';
import { SETTINGS } from './build-host.ts';

/** A builder that is installed or not, and detects or not. */
const builder = (name: 'railpack' | 'nixpacks', available: boolean, detects: boolean): Builder => ({
  name,
  available: async () => available,
  prepare: async ({ folder }) =>
    detects ? { context: folder, dockerfile: `${name}.Dockerfile`, added: [], args: {} } : undefined,
});

function choose(builders: readonly Builder[], settings: Partial<BuildSettings> = {}, withDockerfile = false) {
  const folder = tempDir();
  const asked = { ...SETTINGS, ...settings };
  if (withDockerfile) writeFileSync(join(folder, asked.dockerfile), 'FROM scratch\n');
  const options = { builders, host: 'builder-1', onLine: () => undefined, signal: new AbortController().signal };
  return chooseRecipe({ folder, generated: join(folder, 'generated'), settings: asked }, options).catch(
    (error: unknown) => failureOf(error) ?? error,
  );
}

const both = [dockerfile, builder('railpack', true, true), builder('nixpacks', true, true)];

test('a Dockerfile comes first, then the builders in order [B7]', async () => {
  expect(await choose(both, {}, true)).toMatchObject({ builder: 'dockerfile' });
  expect(await choose(both)).toMatchObject({ builder: 'railpack' });
  expect(await choose([dockerfile, builder('railpack', false, true), builder('nixpacks', true, true)])).toMatchObject({
    builder: 'nixpacks',
  });
  expect(await choose([dockerfile, builder('railpack', true, false), builder('nixpacks', true, true)])).toMatchObject({
    builder: 'nixpacks',
  });
});

test('a builder that is asked for by name is the only one asked [B7]', async () => {
  expect(await choose(both, { builder: 'nixpacks' }, true)).toMatchObject({ builder: 'nixpacks' });
});

test.each([
  [
    'with neither Dockerfile nor builder',
    [dockerfile, builder('railpack', false, true), builder('nixpacks', false, true)],
    {},
    'The commit holds nothing that can be built. Add a Dockerfile at Dockerfile, ' +
      'or install railpack or nixpacks on build host builder-1.',
  ],
  [
    'that no installed builder knows',
    [dockerfile, builder('railpack', true, false), builder('nixpacks', true, false)],
    { root: 'services/web', dockerfile: 'docker/Dockerfile' },
    'The commit holds nothing that can be built. Add a Dockerfile at services/web/docker/Dockerfile.',
  ],
  [
    'for a builder that is not installed',
    [dockerfile, builder('railpack', false, true), builder('nixpacks', true, true)],
    { builder: 'railpack' },
    'The builder "railpack", which landfall.yaml asks for, cannot build this commit. ' +
      'Add a Dockerfile at Dockerfile, or install railpack on build host builder-1.',
  ],
] as const)('a commit %s is NothingToBuild, and is told what to add', async (_, builders, settings, message) => {
  expect(await choose(builders, settings)).toEqual({ type: 'NothingToBuild', message });
});

test('a folder in the place of the Dockerfile is no Dockerfile', async () => {
  const folder = tempDir();
  mkdirSync(join(folder, 'Dockerfile'));

  const source = { folder, generated: join(folder, 'generated'), settings: SETTINGS };
  expect(await dockerfile.prepare(source, () => undefined, new AbortController().signal)).toBeUndefined();
});
