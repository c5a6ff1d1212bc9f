/**
 * Railpack itself cannot be had without its package index and BuildKit. Its side is held to a plan of the form that it
 * documents ("Build Plan"), written by a stand-in program; what is made of the plan is built by the real Podman.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { railpackDockerfile } from '../../../../activities/build/builders/railpack-dockerfile.ts';
import { RailpackPlan } from '../../../../activities/build/builders/railpack-plan.ts';
import { createRailpack, railpackArgs } from '../../../../activities/build/builders/railpack.ts';
import { failureOf } from '../../../../contracts/core/failures.ts';
import { tempDir } from '../../../support/tmp.ts';
import { perform, SETTINGS, startBuildHost } from '../build-host.ts';
import { writeBusyboxBuild } from '../dockerfiles.ts';

const never = new AbortController().signal;
const quiet = () => undefined;

/** A program that writes this plan, as `railpack prepare FOLDER --plan-out FILE` does. */
function planning(plan: unknown, ending = ''): string {
  const dir = tempDir();
  const file = join(dir, 'railpack');
  writeFileSync(join(dir, 'plan.json'), JSON.stringify(plan));
  const script = `case "$1" in --version) echo "railpack 0.15.0"; exit;; esac\ncp '${dir}/plan.json' "$4"\n${ending}`;
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const source = () => ({ folder: tempDir(), generated: join(tempDir(), 'generated'), settings: SETTINGS });

async function refusal(work: Promise<unknown>) {
  return failureOf(
    await work.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
}

/** Steps in an order that is not the one in which they need each other; files that may be missing; every command. */
const plan = (base: string) => ({
  caches: { compiled: { directory: '/root/.cache/compiled', type: 'shared' } },
  steps: [
    {
      name: 'build',
      inputs: [{ step: 'packages' }, { local: true, include: ['.'] }],
      variables: { COLOUR: 'blue $HOME "x"' },
      caches: ['compiled'],
      commands: [
        { path: '/app/bin' },
        { cmd: 'sh -c \'echo "$COLOUR in $PWD with $PATH" > out && cat settings.toml >> out\'', customName: 'compile' },
      ],
    },
    {
      name: 'packages',
      inputs: [{ image: base }],
      assets: { settings: "it's = '$HOME'\n" },
      commands: [{ name: 'settings', path: '/etc/app/settings.toml', mode: 384 }, { path: '/tools/bin' }],
      variables: { TOOLS: '/tools' },
    },
  ],
  deploy: {
    base: { image: base },
    inputs: [
      { step: 'packages', include: ['/etc/app/settings.toml', '/root/.cache-that-is-not-there'] },
      { step: 'build', include: ['.'], exclude: ['node_modules'] },
    ],
    startCommand: 'cat out',
    variables: { MODE: 'production' },
    paths: ['/app/run'],
  },
});

describe('railpack', () => {
  test('its command line is a plain argument vector', () => {
    const settings = { ...SETTINGS, args: { A: 'b; c' } };

    expect(railpackArgs({ folder: '/b/source', generated: '/b/generated', settings })).toEqual([
      'prepare',
      '/b/source',
      '--plan-out',
      '/b/generated/railpack-plan.json',
      '--env',
      'A=b; c',
    ]);
  });

  test('a plan without steps, as it writes offline, is BuildFailed and says why', async () => {
    const failed = await refusal(createRailpack(planning({})).prepare(source(), quiet, never));

    expect(failed).toEqual({ type: 'BuildFailed', message: expect.stringContaining('reach the internet') });
  });

  test('a folder that it does not know what to do with is left to others', async () => {
    const undetected = planning({}, 'echo "Railpack could not determine how to build the app." >&2; exit 1');

    expect(await createRailpack(undetected).prepare(source(), quiet, never)).toBeUndefined();
  });

  test.each([
    ['that is of another form', { steps: 'none' }],
    [
      'with a step that needs itself',
      {
        steps: [
          { name: 'a', inputs: [{ step: 'b' }] },
          { name: 'b', inputs: [{ step: 'a' }] },
        ],
      },
    ],
    ['that deploys a missing step', { steps: [{ name: 'a' }], deploy: { base: { step: 'gone' } } }],
  ])('a plan %s is BuildFailed', async (_, broken) => {
    expect((await refusal(createRailpack(planning(broken)).prepare(source(), quiet, never)))?.type).toBe('BuildFailed');
  });

  test('is not available where it is not installed', async () => {
    expect(await createRailpack('/no/such/railpack').available(never)).toBe(false);
    expect(await createRailpack(planning({})).available(never)).toBe(true);
  });
});

describe('a Railpack plan as a Dockerfile', () => {
  test('has one stage a step, after those that it needs, and one for what is deployed', () => {
    const text = railpackDockerfile(RailpackPlan.parse(plan('example.com/base:1')));

    expect(text.split('\n').filter((line) => /^(FROM|ENV|COPY|CMD|ENTRYPOINT)/.test(line))).toEqual([
      'FROM example.com/base:1 AS step0',
      'ENV TOOLS="/tools"',
      'ENV PATH="/tools/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
      'FROM step0 AS step1',
      'COPY [".","/app"]',
      'ENV TOOLS="/tools"',
      String.raw`ENV COLOUR="blue \$HOME \"x\""`,
      'ENV PATH="/tools/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
      'ENV PATH="/tools/bin:/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
      'FROM example.com/base:1 AS deploy',
      'ENV TOOLS="/tools"',
      String.raw`ENV COLOUR="blue \$HOME \"x\""`,
      'ENV MODE="production"',
      'ENV PATH="/app/run:/tools/bin:/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
      'ENTRYPOINT ["/bin/bash","-c"]',
      'CMD ["cat out"]',
    ]);
  });

  test('is built by Podman into an image that holds what the plan says [B7]', async () => {
    const host = await startBuildHost('brail');
    const base = `${host.registry.address}/brail/base:1`;
    const folder = tempDir();
    // Busybox has a shell, but not under that name.
    const bash = String.raw`printf '#!/bin/sh\nexec /bin/sh "$@"\n' > /bin/bash && chmod 755 /bin/bash`;
    writeBusyboxBuild(folder, `RUN /b/busybox mkdir /bin && /b/busybox --install -s /bin && ${bash}`);
    await host.engine.podman(['build', '--tag', base, '--format', 'docker', folder]);
    await host.engine.podman(['push', base]);
    const activities = host.activities({ builders: [createRailpack(planning(plan(base)))] });
    const commit = host.repository.commit({ 'settings.toml': 'from the source\n', 'main.c': '' });
    const step = host.step('brail.web.1', commit);
    await perform(() => activities.fetchSource(step));

    expect(await perform(() => activities.buildImage(step))).toEqual({
      builder: 'railpack',
      bases: [{ image: base, digest: expect.stringMatching(/^sha256:/) }],
    });

    const image = 'localhost/landfall/brail.web.1:latest';
    const script = 'cat /app/out /etc/app/settings.toml; stat -c %a /etc/app/settings.toml; echo $MODE';
    const shown = await host.engine.podman(['run', '--rm', '--network=none', image, script]);
    expect(shown.stdout.split('\n')).toEqual([
      'blue $HOME "x" in /app with /tools/bin:/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'from the source',
      "it's = '$HOME'",
      '600',
      'production',
      '',
    ]);
  });
});
