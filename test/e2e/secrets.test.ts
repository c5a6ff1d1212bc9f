/**
 * A secret on its way through all of Landfall, on two hosts, one of which is served from elsewhere: it reaches the
 * service, a rollback brings the one of before back, and it is found nowhere that Landfall writes to.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReleaseView } from '../../contracts/http/api.ts';
import { VariablesChanged } from '../../contracts/http/api.ts';
import { landfall } from '../cli/support/run.ts';
import { createCanary, filesWith, watchArguments } from '../support/canary.ts';
import { onCleanup } from '../support/cleanup.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

const [FIRST, SECOND] = [createCanary(), createCanary()];
const ENVIRONMENT = ['shop/web', 'production'] as const;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let stage: Stage;
let watch: ReturnType<typeof watchArguments>;
let before: ReleaseView;
let second = { release: '', deployment: '' };
let third = second;
beforeAll(async () => {
  stage = await setStage({
    dir: tempDir(),
    hosts: ['near', 'far'],
    remote: ['far'],
  });
  onCleanup(() => stage.stop());
  watch = watchArguments([FIRST, SECOND]);
  before = await stage.api.ended(await stage.shop.push({ version: '1', tells: 'CANARY' }));
}, 300_000);
afterAll(() => void watch.stop());

const idsOf = ({ id, deployments }: ReleaseView) => ({ release: id, deployment: deployments[0]?.id ?? '' });

/** The value that each host's service got, by its own answer. */
const told = async () =>
  Promise.all(
    ['127.0.0.1', '127.0.0.2'].map(async (address) => {
      const response = await fetch(`http://${address}:${String(stage.shop.publishPort)}/told`);
      return (await response.text()).split(' ')[0];
    }),
  );

async function cli(argv: readonly string[], stdin = '') {
  const token = readFileSync(join(stage.dir, 'tokens'), 'utf8').trim().split(':')[1] ?? '';
  const env = { LANDFALL_URL: stage.landfall.url, LANDFALL_TOKEN: token };
  const ran = await landfall(argv, { env, stdin });
  expect([FIRST, SECOND].some((canary) => canary.isIn(ran.stdout + ran.stderr))).toBe(false);
  return ran;
}

const change = async (argv: readonly string[], stdin = '') => {
  const { code, stdout, stderr } = await cli([...argv, '--json'], stdin);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return VariablesChanged.parse(JSON.parse(stdout));
};

const endOf = (id: string) =>
  stage.api.eventually(`the end of ${id}`, 120_000, async () => {
    const response = await stage.api.send('GET', `/api/releases/${id}`);
    const release = (await response.json()) as ReleaseView;
    return ['completed', 'failed', 'cancelled'].includes(release.state) ? release : undefined;
  });

describe('a secret', () => {
  test('that is set is deployed by itself, with the image that runs, to every host [B17]', async () => {
    expect(await told()).toEqual([sha256(''), sha256('')]);

    const { deployment } = await change(['secret', 'set', ...ENVIRONMENT, 'CANARY'], `${FIRST.value}\n`);
    expect(deployment).toMatchObject({ state: 'requested', releases: [expect.stringMatching(/^shop\.web\.\d+$/)] });

    const release = await endOf(deployment.releases[0] ?? '');
    second = idsOf(release);
    expect(release).toMatchObject({ state: 'completed', build: null, deployments: [{ state: 'live' }] });
    expect(release.deployments[0]?.digest).toBe(before.deployments[0]?.digest);
    expect(await told()).toEqual([sha256(FIRST.value), sha256(FIRST.value)]);
  }, 300_000);

  test('that comes with a version that fails is taken back with it: the one of before is in force on every host [B17][F1]', async () => {
    await change(['secret', 'set', ...ENVIRONMENT, 'CANARY', '--no-deploy'], `${SECOND.value}\n`);
    const commit = await stage.shop.push({ version: '2', health: 'failing', tells: 'CANARY' });

    const release = await stage.api.ended(commit);
    third = idsOf(release);

    expect(release.deployments[0]).toMatchObject({ state: 'rolled_back', leftovers: [] });
    expect(await told()).toEqual([sha256(FIRST.value), sha256(FIRST.value)]);
    const log = await (
      await stage.api.send('GET', `/api/logs/deployment-${String(release.deployments[0]?.id)}`)
    ).text();
    expect(log).toContain('told: ***');
  }, 300_000);

  test('takes effect with the next deployment [B17]', async () => {
    const commit = await stage.shop.push({ version: '3', tells: 'CANARY' });
    expect(await stage.api.ended(commit)).toMatchObject({ state: 'completed' });
    expect(await told()).toEqual([sha256(SECOND.value), sha256(SECOND.value)]);
  }, 300_000);
});

test('changes in quick succession all take effect, whichever deployment brings them [B17]', async () => {
  const changes = [];
  for (const level of ['1', '2', '3']) changes.push(await change(['env', 'set', ...ENVIRONMENT, `LEVEL=${level}`]));

  expect(changes.map(({ deployment }) => deployment.state)).toEqual(expect.not.arrayContaining(['kept', 'failed']));
  for (const id of new Set(changes.flatMap(({ deployment }) => deployment.releases))) await endOf(id);
  const newest = changes.at(-1)?.revision;
  for (const host of stage.hosts) {
    const { stdout } = await host.podman(['ps', '--format', '{{index .Labels "landfall.spec"}}']);
    const revisions = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => (JSON.parse(line) as { variables: { revision: number } }).variables.revision);
    expect(Math.max(...revisions)).toBe(newest);
  }
}, 300_000);

describe('neither secret is', () => {
  const found = (data: Buffer | string) => FIRST.isIn(data) || SECOND.isIn(data);
  const canaries = { isIn: found };

  test('in any file that Landfall wrote: database, logs, caches [B6][B17][F3]', () => {
    const data = join(stage.dir, 'data');
    expect(
      filesWith({ isIn: (bytes) => bytes.includes('revision 2 of its variables') }, join(data, 'logs')),
    ).not.toEqual([]);
    expect(filesWith(canaries, data)).toEqual([]);
    const database = join(stage.dir, 'postgres');
    expect(filesWith({ isIn: (bytes) => bytes.includes(second.deployment) }, database)).not.toEqual([]);
    expect(filesWith(canaries, database)).toEqual([]);
    for (const log of ['landfall.log', 'worker-far.log.1'])
      expect(found(readFileSync(join(stage.dir, log)))).toBe(false);
  });

  test('in any history: Temporal’s database [B6][B17][F3]', () => {
    const folder = join(stage.dir, 't');
    expect(filesWith({ isIn: (bytes) => bytes.includes(second.deployment) }, folder)).not.toEqual([]);
    expect(filesWith(canaries, folder)).toEqual([]);
  });

  test('in anything that GitHub was told [B6][B17]', () => {
    const { gitHub } = stage;
    const state = JSON.stringify([gitHub.deployments(), gitHub.checkRuns(), gitHub.deliveries(), gitHub.calls()]);
    expect(state).toContain('rolled back');
    expect(found(state)).toBe(false);
    expect(gitHub.drift()).toEqual([]);
  });

  test('in the arguments of any process [B6][B17]', () => {
    const { guilty, seen } = watch.stop();
    expect(seen).toBeGreaterThan(1_000);
    expect(guilty).toEqual([]);
  });

  test('in what Podman says of containers, beside the environment that they were given [B17]', async () => {
    for (const host of stage.hosts) {
      const { stdout: ids } = await host.podman(['ps', '--all', '--quiet']);
      const { stdout } = await host.podman(['inspect', ...ids.trim().split('\n')]);
      const inspected = JSON.parse(stdout) as { Config: { Env: string[] } }[];
      expect(inspected.some(({ Config }) => Config.Env.some((entry) => entry.startsWith('CANARY=')))).toBe(true);
      const others = inspected.map((one) => ({
        ...one,
        Config: { ...one.Config, Env: one.Config.Env.filter((entry) => !entry.startsWith('CANARY=')) },
      }));
      expect(found(JSON.stringify(others))).toBe(false);
    }
  });

  test('in any layer or metadata of the image [B6][B17]', async () => {
    const [host] = stage.hosts;
    const { stdout: ids } = (await host?.podman(['images', '--quiet', '--no-trunc'])) ?? { stdout: '' };
    const images = [...new Set(ids.trim().split('\n'))];
    const telling: string[] = [];
    for (const [index, id] of images.entries()) {
      const file = join(stage.dir, `image-${String(index)}.tar`);
      await host?.podman(['save', '--quiet', '--format', 'docker-archive', '--output', file, id]);
      const saved = readFileSync(file);
      if (saved.includes('/www/told')) telling.push(id);
      expect(found(saved)).toBe(false);
    }
    expect(telling).not.toEqual([]);
  });

  test('in any answer or page [B6][B17]', async () => {
    const paths = [
      '/',
      `/releases/${second.release}`,
      `/deployments/${second.deployment}`,
      `/deployments/${third.deployment}`,
      '/deliveries',
      '/api/services',
      '/api/releases',
      '/api/deployments',
      '/api/audit?limit=200',
      '/api/deliveries',
      '/api/openapi.json',
      '/api/environments/shop/web/production',
      '/api/environments/shop/web/production/variables',
      `/api/logs/deployment-${second.deployment}`,
      `/api/logs/deployment-${third.deployment}`,
    ];
    for (const path of paths) {
      const response = await stage.api.send('GET', path);
      expect([path, response.status]).toEqual([path, 200]);
      expect([path, found(await response.text())]).toEqual([path, false]);
    }
  });

  test('missed by this search: each form of it is found where it is put [B17]', () => {
    const folder = tempDir();
    const forms = [
      FIRST.value,
      encodeURIComponent(SECOND.value),
      Buffer.from(`user:${FIRST.value}\n`).toString('base64'),
      Buffer.from(`us:${SECOND.value}`).toString('base64'),
      JSON.stringify({ value: FIRST.value }),
    ];
    forms.forEach((form, index) => writeFileSync(join(folder, String(index)), `before ${form} after`));
    expect(filesWith(canaries, folder)).toHaveLength(forms.length);
  });
});
