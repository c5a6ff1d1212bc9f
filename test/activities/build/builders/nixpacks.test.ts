/**
 * With the real Nixpacks where it is in PATH (CI installs it); elsewhere with a stand-in program that answers what
 * Nixpacks 1.41.0 was recorded to answer. The first test's name says which of the two this run used.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createNixpacks, nixpacksArgs, nixpacksPlanArgs } from '../../../../activities/build/builders/nixpacks.ts';
import { failureOf } from '../../../../contracts/core/failures.ts';
import { tempDir } from '../../../support/tmp.ts';
import { SETTINGS } from '../build-host.ts';

const never = new AbortController().signal;
const quiet = () => undefined;
const installed = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'nixpacks'))
  .find((file) => existsSync(file));
const nixpacks = createNixpacks(installed ?? program(recorded()));

const args = { GREETING: 'hello; $(id)' };

function source(files: Readonly<Record<string, string>>, settings = { ...SETTINGS, args }) {
  const dir = tempDir();
  const folder = join(dir, 'source');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { folder, generated: join(dir, 'generated'), settings };
}

const NODE_APP = { 'package.json': '{"name":"x","scripts":{"start":"node index.js"}}', 'index.js': '' };

describe(`nixpacks (${installed === undefined ? 'recorded answers: not in PATH' : 'the real one'})`, () => {
  test('generates a Dockerfile, what it copies, and its build arguments [B7]', async () => {
    const app = source(NODE_APP);

    const recipe = await nixpacks.prepare(app, quiet, never);

    expect(recipe).toMatchObject({ context: app.folder, dockerfile: '.nixpacks/Dockerfile' });
    const dockerfile = recipe?.added.find(({ path }) => path === '.nixpacks/Dockerfile')?.text ?? '';
    expect(dockerfile).toMatch(/^FROM \S+/);
    expect(dockerfile).toContain('CMD ["npm run start"]');
    const copied = [...dockerfile.matchAll(/^COPY (\.nixpacks\/\S+)/gm)].map(([, path]) => path);
    expect(recipe?.added.map(({ path }) => path)).toEqual(expect.arrayContaining(copied));
    const declared = /^ARG (.*)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
    expect(Object.keys(recipe?.args ?? {})).toEqual(expect.arrayContaining(declared));
    expect(recipe?.args).toMatchObject({ GREETING: 'hello; $(id)', NODE_ENV: 'production' });
  });

  test('does not write to the source, and replaces what an earlier attempt generated', async () => {
    const app = source(NODE_APP);
    mkdirSync(app.generated);
    writeFileSync(join(app.generated, 'rubbish'), '');

    await nixpacks.prepare(app, quiet, never);

    expect(readdirSync(app.folder).toSorted()).toEqual(['index.js', 'package.json']);
    expect(existsSync(join(app.generated, 'rubbish'))).toBe(false);
  });

  test('knows nothing to do with a folder that holds no program', async () => {
    expect(await nixpacks.prepare(source({ 'notes.txt': '' }), quiet, never)).toBeUndefined();
  });

  test('is there', async () => {
    expect(await nixpacks.available(never)).toBe(true);
  });
});

test('its command lines are plain argument vectors', () => {
  const asked = { folder: '/b/source', generated: '/b/generated', settings: { ...SETTINGS, args } };

  expect(nixpacksArgs(asked)).toEqual([
    'build',
    '/b/source',
    '--out',
    '/b/generated',
    '--env',
    'GREETING=hello; $(id)',
  ]);
  expect(nixpacksPlanArgs(asked)).toEqual(['plan', '/b/source', '--format', 'json', '--env', 'GREETING=hello; $(id)']);
});

test('is not available where it is not installed', async () => {
  expect(await createNixpacks('/no/such/nixpacks').available(never)).toBe(false);
});

test('a failing plan is BuildFailed, with what it said', async () => {
  const broken = createNixpacks(program('echo "Error: package.json is not JSON" >&2; exit 1'));

  const error: unknown = await broken.prepare(source(NODE_APP), quiet, never).catch((thrown: unknown) => thrown);

  expect(failureOf(error)).toEqual({
    type: 'BuildFailed',
    message: 'Nixpacks could not plan the build: Error: package.json is not JSON',
  });
});

function program(script: string): string {
  const file = join(tempDir(), 'nixpacks');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** The output of Nixpacks 1.41.0 for these two folders, shortened. */
function recorded(): string {
  return `
case "$1" in --version) echo "nixpacks 1.41.0"; exit;; esac
if [ ! -e "$2/package.json" ]; then echo "Nixpacks was unable to generate a build plan for this app."; exit 1; fi
case "$1" in
plan) cat <<'END'
{ "providers": [], "buildImage": "ghcr.io/railwayapp/nixpacks:ubuntu-1745885067",
  "variables": { "CI": "true", "GREETING": "hello; $(id)", "NIXPACKS_METADATA": "node", "NODE_ENV": "production", "NPM_CONFIG_PRODUCTION": "false" },
  "start": { "cmd": "npm run start" } }
END
;;
build) mkdir -p "$4/.nixpacks"; echo '{}' > "$4/.nixpacks/nixpkgs-ffee.nix"; cat > "$4/.nixpacks/Dockerfile" <<'END'
FROM ghcr.io/railwayapp/nixpacks:ubuntu-1745885067
WORKDIR /app/
COPY .nixpacks/nixpkgs-ffee.nix .nixpacks/nixpkgs-ffee.nix
ARG CI GREETING NIXPACKS_METADATA NODE_ENV NPM_CONFIG_PRODUCTION
COPY . /app/.
RUN --mount=type=cache,id=x-/root/npm,target=/root/.npm npm i
CMD ["npm run start"]
END
;;
esac`;
}
