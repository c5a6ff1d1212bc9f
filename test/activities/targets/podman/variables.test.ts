/** Variables and secrets on the real Podman: given to what runs, seen nowhere else, and back again with a rollback. */
import { describe, expect, test } from '@jest/globals';
import { environmentId } from '../../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../../contracts/core/keys.ts';
import type { Strategy } from '../../../../contracts/config/targets/podman.ts';
import { logStream } from '../../../../contracts/deployment/logs.ts';
import type { Captured, TargetRequest } from '../../../../contracts/deployment/target.ts';
import { eventually } from '../../../support/eventually.ts';
import { PORT } from '../images.ts';
import { perform } from '../perform.ts';
import { startPodmanPlace } from '../podman-place.ts';

const place = await startPodmanPlace('variables');
const target = place.target();
const CANARY = 'canary-of-the-target-4711';
/** Serves what it was given. */
const TELL = `printf '%s %s' "$LEVEL" "$TOKEN" > /www/index.html; exec httpd -f -p ${PORT} -h /www`;
const SICK = {
  kind: 'http',
  path: '/nothing-here',
  status: 200,
  timeoutMs: 400,
  attempts: 1,
  firstWaitMs: 100,
  maxWaitMs: 100,
} as const;

async function setting(strategy: Strategy = 'blue-green') {
  const scene = await place.scene(strategy);
  const request = (generation: number, changes: Partial<TargetRequest> = {}, shell = TELL): TargetRequest => {
    const base = scene.request('one', generation);
    return { ...base, run: { ...base.run, command: ['sh', '-c', shell] }, ...changes };
  };
  return { scene, key: scene.key, request };
}

async function deploy(request: TargetRequest): Promise<Captured> {
  await perform(target.prepare, request);
  const captured = await perform(target.capture, request);
  await perform(target.switchTo, request);
  await perform(target.finalize, { request, captured });
  return captured;
}

/** The environment's secrets in the engine, without what all of them begin with. */
async function secretsOf(key: EnvironmentKey): Promise<string[]> {
  const { stdout } = await place.engine.podman(['secret', 'ls', '--format', '{{.Name}}']);
  const prefix = `landfall.${environmentId(key)}.`;
  return stdout
    .split('\n')
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .toSorted();
}

async function failing(request: TargetRequest): Promise<Captured> {
  await perform(target.prepare, request);
  const captured = await perform(target.capture, request);
  await expect(perform(target.switchTo, request)).rejects.toThrow();
  return captured;
}

describe.each(['recreate', 'blue-green'] as const)('with %s', (strategy) => {
  test('a container is given variables and secrets, and only the engine has the secret [B17]', async () => {
    const { scene, key, request } = await setting(strategy);
    place.variables.set(key, { variables: { LEVEL: 'debug' }, secrets: { TOKEN: CANARY } });
    const asked = request(10);

    await deploy(asked);

    expect(await scene.visit()).toBe(`debug ${CANARY}`);
    expect(await secretsOf(key)).toEqual(['r1-0a1b2c3d.TOKEN']);
    const name = `landfall.${asked.deploymentId}.10`;
    const { stdout } = await place.engine.podman(['inspect', name]);
    const [inspected] = JSON.parse(stdout) as [{ Config: { Env: string[]; Labels: Record<string, string> } }];
    expect(JSON.parse(inspected.Config.Labels['landfall.spec'] ?? '')).toMatchObject({
      variables: { revision: 1, fingerprint: '0a1b2c3d', secrets: ['TOKEN'] },
    });
    // Podman before 5.3 shows the environment of what has been started as it is; see docs/secrets.md.
    const others = inspected.Config.Env.filter((entry) => !entry.startsWith('TOKEN='));
    expect(JSON.stringify({ ...inspected, Config: { ...inspected.Config, Env: others } })).not.toContain(CANARY);
  });

  test('a deployment that fails leaves the values of before in force, and nothing of its own [B17][F1]', async () => {
    const { scene, key, request } = await setting(strategy);
    place.variables.set(key, { variables: { LEVEL: 'info' }, secrets: { TOKEN: 'first-token' } });
    await deploy(request(10));
    place.variables.set(key, { variables: { LEVEL: 'debug' }, secrets: { TOKEN: 'second-token' } });
    const failed = request(20, { health: SICK });

    const captured = await failing(failed);
    expect(await secretsOf(key)).toEqual(['r1-0a1b2c3d.TOKEN', 'r2-0a1b2c3d.TOKEN']);
    await perform(target.restore, { request: failed, captured });

    expect(await scene.visit()).toBe('info first-token');
    expect(await secretsOf(key)).toEqual(['r1-0a1b2c3d.TOKEN']);
  });

  test('a rollback from nothing but the registry brings back the values of before [B17][F1]', async () => {
    const { scene, key, request } = await setting(strategy);
    place.variables.set(key, { variables: { LEVEL: 'info' }, secrets: { TOKEN: 'first-token' } });
    const first = request(10);
    await deploy(first);
    place.variables.set(key, { variables: { LEVEL: 'debug' }, secrets: { TOKEN: 'second-token' } });
    const failed = request(20, { health: SICK });
    const captured = await failing(failed);
    await scene.loseReplica(first);
    for (const name of await secretsOf(key)) {
      await place.engine.podman(['secret', 'rm', `landfall.${environmentId(key)}.${name}`]);
    }

    await perform(target.restore, { request: failed, captured });

    expect(await scene.visit()).toBe('info first-token');
    expect(await secretsOf(key)).toEqual(['r1-0a1b2c3d.TOKEN']);
  });
});

test('a stopped version is started again although its secrets were removed by hand [B17][F1]', async () => {
  const { scene, key, request } = await setting('recreate');
  place.variables.set(key, { secrets: { TOKEN: 'first-token' } });
  await deploy(request(10));
  const failed = request(20, { health: SICK });
  const captured = await failing(failed);
  await place.engine.podman(['secret', 'rm', `landfall.${environmentId(key)}.r1-0a1b2c3d.TOKEN`]);

  await perform(target.restore, { request: failed, captured });

  expect(await scene.visit()).toBe('first-token');
});

test('a service that crashes and is started again by the engine has its secret again [B17]', async () => {
  const { scene, key, request } = await setting();
  place.variables.set(key, { variables: { LEVEL: 'info' }, secrets: { TOKEN: CANARY } });
  const asked = request(10, {}, TELL.replace('/www/index.html', '/www/index.html; date +%N >> /www/starts'));
  await deploy(asked);
  const name = `landfall.${asked.deploymentId}.10`;
  const { stdout: pid } = await place.engine.podman(['inspect', '--format', '{{.State.Pid}}', name]);

  process.kill(Number(pid), 'SIGKILL');

  await eventually(
    'the second start',
    async () => (await place.engine.podman(['exec', name, 'sh', '-c', 'wc -l < /www/starts'])).stdout.trim() === '2',
  );
  expect(await scene.visit()).toBe(`info ${CANARY}`);
});

test('two revisions live side by side; what neither serves nor is the way back goes, and all of it with the environment [B17]', async () => {
  const { key, request } = await setting();
  for (const [index, token] of ['first-token', 'second-token', 'third-token'].entries()) {
    place.variables.set(key, { secrets: { TOKEN: token } });
    await deploy(request((index + 1) * 10));
  }
  expect(await secretsOf(key)).toEqual(['r2-0a1b2c3d.TOKEN', 'r3-0a1b2c3d.TOKEN']);

  await perform(target.remove, { key, generation: 31 });
  expect(await secretsOf(key)).toEqual([]);
});

test('a deployment that names a revision is given that one [B17]', async () => {
  const { scene, key, request } = await setting();
  place.variables.set(key, { variables: { LEVEL: 'info' } });
  place.variables.set(key, { variables: { LEVEL: 'debug' } });

  await deploy(request(10, { variablesRevision: 1 }));

  expect(await scene.visit()).toBe('info');
});

test('a secret that the service prints is masked in the log and in the failure [B12][B17]', async () => {
  const { key, request } = await setting();
  place.variables.set(key, { secrets: { TOKEN: CANARY } });
  const shell = 'echo "connecting with $TOKEN"; echo "$TOKEN" | base64 >&2; sleep 0.2; exit 7';
  const asked = request(10, {}, shell);
  await perform(target.prepare, asked);

  const error: unknown = await perform(target.switchTo, asked).catch((thrown: unknown) => thrown);

  const lines = place.logged(logStream('deployment', asked.deploymentId));
  expect(error).toMatchObject({ type: 'ContainerExited', message: expect.stringContaining('connecting with ***') });
  expect(lines.join('\n')).toContain('connecting with ***');
  for (const form of [CANARY, Buffer.from(CANARY).toString('base64').slice(0, 12)]) {
    expect(`${String(error)} ${lines.join('\n')}`).not.toContain(form);
  }
});

test('a source of values that is away for a moment costs no health attempt [B17][F1]', async () => {
  const { scene, key, request } = await setting();
  place.variables.set(key, { variables: { LEVEL: 'info' } });
  const asked = request(10);
  await perform(target.prepare, asked);
  place.variables.goAway(2);

  expect(await perform(target.switchTo, asked)).toMatchObject({ healthAttempts: 1 });
  expect(await scene.visit()).toBe('info');
});

test('values of another database, of the same revision, are not taken for those of before [B17]', async () => {
  const { scene, key, request } = await setting();
  place.variables.set(key, { secrets: { TOKEN: 'first-token' } });
  const first = request(10);
  await deploy(first);
  const failed = request(20, { health: SICK });
  const captured = await failing(failed);
  await scene.loseReplica(first);
  place.variables.forget(key);
  place.variables.set(key, { secrets: { TOKEN: 'other-token' }, fingerprint: 'ffffffff' });

  await expect(perform(target.restore, { request: failed, captured })).rejects.toMatchObject({
    type: 'InvalidConfiguration',
    message: expect.stringContaining('revision 1 (0a1b2c3d)'),
  });
});
