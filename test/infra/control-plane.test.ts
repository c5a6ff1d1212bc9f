/** Building the Kubernetes of the tests, with a compiler that is a script. That the real one builds it: cluster.test.ts. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { isNewEnoughGo } from '../../infra/setup/go.mjs';
import { tempDir } from '../support/tmp.ts';

const INFRA = join(import.meta.dirname, '../../infra');
/** The shell's `$*` of a build ends in `-o FILE .`. */
const BUILDS = 'sleep 0.2; out="$(echo "$*" | sed "s/.* -o //; s/ [.]$//")"; echo built > "$out"';

/** The setup's own files in another place, and on PATH nothing but what they need and a Go that does this. */
function elsewhere(go?: string) {
  const dir = tempDir();
  for (const part of ['setup', 'lock.mjs', 'dev/kubernetes'])
    cpSync(join(INFRA, part), join(dir, 'infra', part), { recursive: true });
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const name of ['sh', 'echo', 'sed', 'sleep', 'flock']) symlinkSync(join('/usr/bin', name), join(bin, name));
  if (go !== undefined) {
    writeFileSync(join(bin, 'go'), `#!/bin/sh\necho "$*" >> ${dir}/calls\n${go}\n`);
    chmodSync(join(bin, 'go'), 0o755);
  }
  const env = { PATH: bin, LANDFALL_TOOLS_DIR: join(dir, 'tools') };
  const build = () =>
    promisify(execFile)(process.execPath, [join(dir, 'infra/setup/control-plane.mjs')], { env }).then(
      () => 'built',
      (error: unknown) => (error as { stderr: string }).stderr,
    );
  const calls = () =>
    readFileSync(join(dir, 'calls'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('build'));
  return { dir, build, calls };
}

const says = (version: string) => `[ "$1" != env ] || { echo ${version}; exit 0; }`;

describe('the Kubernetes of the tests', () => {
  test('is built once, however many need it at once, and again when its sources are others [F5]', async () => {
    const { dir, build, calls } = elsewhere(`${says('go1.26.0')}\n${BUILDS}`);
    expect(await Promise.all([build(), build(), build()])).toEqual(['built', 'built', 'built']);
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toContain('-X k8s.io/component-base/version.gitVersion=v1.36.');
    writeFileSync(join(dir, 'infra/dev/kubernetes/main.go'), 'package main');
    expect([await build(), await build()]).toEqual(['built', 'built']);
    expect(calls()).toHaveLength(2);
  });

  test('says why it cannot be built: no Go, one that is too old, the words of the compiler [F5]', async () => {
    const missing = /built with Go 1.26 or newer, which was not found: install it/;
    expect(await elsewhere().build()).toMatch(missing);
    expect(await elsewhere(says('go1.19.8')).build()).toMatch(missing);
    const broken = elsewhere(`${says('go1.27.0')}\necho 'main.go:3: undefined: x' >&2; exit 1`);
    expect(await broken.build()).toMatch(/could not be built .*\nmain.go:3: undefined: x/);
  });

  test('takes a Go by its version, not by its age in characters [F5]', () => {
    expect(['go1.26', 'go1.26.8', 'go1.30.1', 'go2.0'].map(isNewEnoughGo)).toEqual([true, true, true, true]);
    expect(['go1.25.9', 'go1.3', 'go0.99', '', 'devel'].map(isNewEnoughGo)).not.toContain(true);
  });
});
