/** The main job on real components, as people live it: one repository, two hosts, one push after the other. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ReleaseAccepted, ReleaseView } from '../../contracts/http/api.ts';
import { EnvironmentStatus } from '../../contracts/http/people.ts';
import { tempDir } from '../support/tmp.ts';
import { canaryOf, filesWith } from '../support/canary.ts';
import { onCleanup } from '../support/cleanup.ts';
import { observe } from '../support/stage/observe.ts';
import { shopYaml } from '../support/stage/shop.ts';
import { setStage } from '../support/stage/stage.ts';
import { ask } from '../support/web.ts';
import type { Stage } from '../support/stage/stage.ts';

const PRODUCTION = '/api/environments/shop/web/production';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ dir: tempDir(), hosts: ['a', 'b'] });
  onCleanup(() => stage.stop());
}, 300_000);

/** The service's container on each host, from the engine itself. */
async function running() {
  const hosts = await Promise.all(
    stage.hosts.map(async (host) => {
      const { stdout } = await host.podman(['ps', '--format', '{{.Labels}}']);
      return stdout.split('\n').filter((line) => line.includes('landfall.'));
    }),
  );
  return hosts;
}

/** New visitors: `recreate` promises nothing to a connection that was kept open to what it takes down. */
async function visitAll(): Promise<readonly string[]> {
  return Promise.all(
    stage.hosts.map(async (_host, index) => {
      const url = `http://127.0.0.${String(index + 1)}:${String(stage.shop.publishPort)}/`;
      const response = await fetch(url, { headers: { connection: 'close' } });
      return (await response.text()).trim();
    }),
  );
}

/** It stops the running version, and is tried for longer than any test takes. */
const neverHealthy = () => {
  const hosts = stage.hosts.map(({ name }) => name).join(', ');
  const podman = `podman: { hosts: [${hosts}], strategy: recreate, publish: { web: ${String(stage.shop.publishPort)} } }`;
  const yaml = shopYaml(`  production:\n    production: true\n    target:\n      ${podman}\n`, { attempts: 15 });
  return yaml.replace('firstWait: 200ms, maxWait: 500ms', 'firstWait: 30s, maxWait: 30s');
};

async function order(path: string, body: object): Promise<unknown> {
  const response = await stage.api.send('POST', path, body);
  const answer: unknown = await response.json();
  expect([path, response.ok, answer]).toEqual([path, true, answer]);
  return answer;
}

const statusesOf = (commit: string) =>
  stage.gitHub
    .deployments()
    .filter(({ sha }) => sha === commit)
    .map(({ id }) => stage.gitHub.statuses(id).map(({ state }) => state));

/** Reports to GitHub run beside the deployment, so they arrive a moment later. */
const told = (commit: string, last: string) =>
  stage.api.eventually(`GitHub to be told ${last}`, 30_000, async () => {
    const statuses = statusesOf(commit);
    return statuses[0]?.at(-1) === last ? statuses : undefined;
  });

describe('a push to the branch that production follows', () => {
  let first: string;
  let last: string;

  test('is built once, pushed, deployed by digest to every host, and told [B1][B4][B5][B7][B8][B13][C3][F5]', async () => {
    first = await stage.shop.push({ version: '1' });
    const release = await stage.api.ended(first);

    expect(release).toMatchObject({ state: 'completed', commit: first, build: { state: 'completed', host: 'a' } });
    expect(await visitAll()).toEqual(['ok 1', 'ok 1']);
    const [deployment] = release.deployments;
    expect(deployment).toMatchObject({ state: 'live', digest: release.build?.digest });
    expect(deployment?.image).toBe(`${stage.registry}/shop/web@${String(release.build?.digest)}`);
    expect(Object.keys(release.build?.times ?? {})).toEqual(
      expect.arrayContaining(['pending', 'claimed', 'cloning', 'building', 'pushing', 'completed']),
    );
    expect(release.build?.tags).toEqual(expect.arrayContaining([first, first.slice(0, 12), 'latest']));
    expect(await told(first, 'success')).toEqual([['in_progress', 'success']]);
  }, 300_000);

  test('leads from GitHub to the service and to its own steps, which nobody without a token sees [A3][B12]', async () => {
    const { deployments } = await stage.api.releaseOf(first);
    const shown = stage.gitHub.deployments().find(({ sha }) => sha === first);
    const status = stage.gitHub.statuses(shown?.id ?? '').at(-1);
    expect(status).toMatchObject({ state: 'success', environmentUrl: deployments[0]?.urls[0] });
    expect((await (await fetch(status?.environmentUrl ?? '')).text()).trim()).toBe('ok 1');

    const { origin, pathname } = new URL(status?.logUrl ?? '');
    expect([origin, pathname]).toEqual([stage.landfall.url, `/deployments/${String(deployments[0]?.id)}`]);
    const page = await stage.api.send('GET', pathname);
    expect(page.status).toBe(200);
    const text = await page.text();
    for (const step of ['prepare', 'switch', 'verify', 'finalize']) expect(text).toContain(step);
    expect(text).toContain(first.slice(0, 7));

    const stranger = await fetch(status?.logUrl ?? '');
    expect(stranger.status).toBe(401);
    expect(await stranger.text()).not.toContain(first.slice(0, 7));
  });

  test('shows on its commit what is live, once [E11]', async () => {
    const checks = await stage.api.eventually('the check of production', 120_000, async () => {
      const found = stage.gitHub.checkRuns().filter(({ name }) => name === 'Landfall: web / production');
      return found.length > 0 ? found : undefined;
    });
    expect(checks).toMatchObject([{ headSha: first, status: 'completed', conclusion: 'success' }]);
  });

  test('costs GitHub at most 15 calls; one creates what shows the build, four what shows the deployment [A2][A3][E11]', () => {
    const calls = stage.gitHub.calls();
    expect(calls.length).toBeLessThanOrEqual(15);
    const created = calls.filter(({ creating }) => creating).map(({ operation }) => operation);
    expect(created.sort()).toEqual([
      ...['checks/create', 'checks/create', 'repos/create-deployment'],
      ...['repos/create-deployment-status', 'repos/create-deployment-status'],
    ]);
  });

  test('leaves neither source nor local image on the build host [B9]', async () => {
    const builds = join(stage.dir, 'w-a', 'builds');
    await stage.api.eventually('the build folder to be gone', 120_000, async () =>
      readdirSync(builds).length === 0 ? true : undefined,
    );
    const [host] = stage.hosts;
    const { stdout } = (await host?.podman(['images', '--format', '{{.Repository}}'])) ?? { stdout: '' };
    expect(stdout.split('\n').filter((name) => name.includes('build'))).toEqual([]);
  });

  test('that fails its health check is rolled back on every host, observed, and told [E6][F1]', async () => {
    const before = await running();
    const commit = await stage.shop.push({ version: '2', health: 'failing' });
    const release = await stage.api.ended(commit);

    expect(release.deployments[0]).toMatchObject({
      state: 'rolled_back',
      failure: { type: 'Unhealthy' },
      leftovers: [],
    });
    expect(release.deployments[0]?.healthAttempts).toBe(3);
    expect(await visitAll()).toEqual(['ok 1', 'ok 1']);
    expect(await running()).toEqual(before);
    expect(await told(commit, 'failure')).toEqual([['in_progress', 'failure']]);
  }, 300_000);

  test('that does not build touches nothing, and says why in the words of the build [B5]', async () => {
    const before = await running();
    const commit = await stage.shop.push({ version: '3', breaksBuild: true });
    const release = await stage.api.ended(commit);

    expect(release).toMatchObject({ state: 'failed', deployments: [], build: { state: 'failed' } });
    expect(release.failure?.message).toContain('main.c:1: error: expected expression');
    expect(await running()).toEqual(before);
    const check = await stage.api.eventually('the check to end', 120_000, async () =>
      stage.gitHub.checkRuns().find(({ headSha, conclusion }) => headSha === commit && conclusion === 'failure'),
    );
    expect(check).toBeDefined();
  }, 300_000);

  test('that holds nothing to build touches nothing, and its check says what to add [B4][B5]', async () => {
    const before = await running();
    const commit = await stage.shop.push({ version: '3b', withoutDockerfile: true });
    const release = await stage.api.ended(commit);

    expect(release).toMatchObject({ state: 'failed', deployments: [], failure: { type: 'NothingToBuild' } });
    const check = await stage.api.eventually('the check to end', 120_000, async () =>
      stage.gitHub.checkRuns().find(({ headSha, conclusion }) => headSha === commit && conclusion !== null),
    );
    expect(check).toMatchObject({
      name: 'Landfall: web',
      conclusion: 'failure',
      summary: expect.stringContaining('The commit holds nothing that can be built. Add a Dockerfile at Dockerfile'),
    });
    expect(await running()).toEqual(before);
    expect(await visitAll()).toEqual(['ok 1', 'ok 1']);
  }, 300_000);

  test('whose landfall.yaml is wrong is refused with line and column on the commit, and touches nothing [B4]', async () => {
    const before = await running();
    const landfallYaml = 'version: 1\nservices:\n  web:\n    run: { port: 0 }\n';
    const commit = await stage.shop.push({ version: '4', landfallYaml });
    const check = await stage.api.eventually('a failed check', 120_000, async () =>
      stage.gitHub.checkRuns().find(({ headSha, conclusion }) => headSha === commit && conclusion === 'failure'),
    );
    expect(JSON.stringify(check)).toContain('landfall.yaml:4:12');
    expect(await running()).toEqual(before);
  }, 300_000);

  test('is visible: the deployment page answers with its steps and its log [B12]', async () => {
    const release = await stage.api.releaseOf(first);
    const id = release.deployments[0]?.id ?? '';
    const page = await stage.api.send('GET', `/deployments/${id}`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('prepare');
    const log = await stage.api.send('GET', `/api/logs/build-${release.id}`);
    expect(await log.text()).toContain('STEP');
  });

  let named: string;

  test('that gives the service a name is reached by it on every host, and the name is what GitHub shows [B18][G7][A3]', async () => {
    const hosts = stage.hosts.map(({ name }) => name).join(', ');
    const publish = `{ web: { hosts: [shop.example.com], port: ${String(stage.shop.publishPort)} } }`;
    const target = `target: { podman: { hosts: [${hosts}], publish: ${publish} } }`;
    const landfallYaml = shopYaml(`  production:\n    production: true\n    ${target}\n`);
    named = await stage.shop.push({ version: '5', landfallYaml });
    const [deployment] = (await stage.api.ended(named)).deployments;

    const url = `https://shop.example.com:${String(stage.web.httpsPort)}`;
    expect(deployment).toMatchObject({ state: 'live', urls: [url] });
    for (const address of stage.hosts.map((_host, index) => `127.0.0.${String(index + 1)}`)) {
      const asked = { address, port: stage.web.httpPort, host: 'shop.example.com' };
      expect(await ask(asked)).toMatchObject({ status: 200, body: expect.stringContaining('ok 5') });
      expect(await ask({ ...asked, host: 'other.example.com' })).toMatchObject({ status: 404 });
    }
    expect(await visitAll()).toEqual(['ok 5', 'ok 5']);
    await told(named, 'success');
    const shown = stage.gitHub.deployments().find(({ sha }) => sha === named);
    expect(stage.gitHub.statuses(shown?.id ?? '').at(-1)).toMatchObject({ state: 'success', environmentUrl: url });
  }, 300_000);

  test('happens once however often its webhook arrives [B1]', async () => {
    const commit = named;
    const delivery = stage.gitHub.deliveries().at(-1);
    await Promise.all([1, 2, 3].map(() => stage.gitHub.redeliver(delivery?.id ?? '')));
    await stage.gitHub.webhooksSent();

    last = await stage.shop.push({ version: '6' });
    await stage.api.ended(last);
    expect(statusesOf(commit)).toHaveLength(1);
    expect(await visitAll()).toEqual(['ok 6', 'ok 6']);
  }, 300_000);

  test('that is cancelled while it is switched leaves what ran before and nothing else, and the next in the queue lands [B10][F1][F2][E9]', async () => {
    const before = (await stage.api.releaseOf(last)).deployments[0];
    if (!before) throw new Error(`${last} was not deployed`);
    const ran = await observe(stage, before);
    const commit = await stage.shop.push({ version: '7', health: 'failing', landfallYaml: neverHealthy() });
    const { release, deployment } = await stage.api.eventually('it to have taken its place', 120_000, async () => {
      const { id, deployments } = await stage.api.releaseOf(commit);
      const [one] = deployments;
      if (one?.state !== 'switching') return undefined;
      const [host] = await observe(stage, one);
      const isThere = host?.replicas.some(({ deploymentId, running: runs }) => deploymentId === one.id && runs);
      return isThere ? { release: id, deployment: one } : undefined;
    });
    // So that what it leaves can be looked at before the next one begins.
    await order(`${PRODUCTION}/pause`, { reason: 'to have a look' });
    const asked = { project: 'shop', service: 'web', environment: 'production', ref: first };
    const { released } = ReleaseAccepted.parse(await order('/api/releases', asked));
    await stage.api.eventually('the next one to wait', 120_000, async () => {
      const { now } = await stage.api.get(PRODUCTION, EnvironmentStatus);
      return now?.running === deployment.id && now.waiting.length === 1 ? true : undefined;
    });

    await order(`/api/releases/${release}/cancel`, {});

    expect(await stage.api.ended(commit)).toMatchObject({
      state: 'cancelled',
      deployments: [{ state: 'cancelled', leftovers: [] }],
    });
    expect(await observe(stage, await stage.api.deployment(deployment.id))).toEqual(ran);
    expect(await visitAll()).toEqual(['ok 6', 'ok 6']);
    expect(await told(commit, 'inactive')).toEqual([['in_progress', 'inactive']]);

    await order(`${PRODUCTION}/resume`, {});
    const next = await stage.api.eventually('the next one to land', 120_000, async () => {
      const one = await stage.api.get(`/api/releases/${String(released[0])}`, ReleaseView);
      return one.state === 'completed' ? one : undefined;
    });
    expect(next.deployments).toMatchObject([{ state: 'live', commit: first }]);
    expect(await visitAll()).toEqual(['ok 1', 'ok 1']);
  }, 300_000);
});

test('no access token, webhook secret or key is in any log or file that Landfall wrote [B6]', () => {
  const tokens = /ghs_[A-Za-z0-9]{20,}|-----BEGIN/;
  const files = readdirSync(join(stage.dir, 'data', 'logs')).map((name) => join(stage.dir, 'data', 'logs', name));
  for (const file of [...files, join(stage.dir, 'landfall.log')])
    expect(readFileSync(file, 'utf8')).not.toMatch(tokens);
});

test('neither a token that GitHub gave out nor the webhook secret is in the store, a file or a history [B6][F3]', () => {
  const [data, database, histories] = ['data', 'postgres', 't'].map((name) => join(stage.dir, name)) as [
    string,
    string,
    string,
  ];
  const tokens = stage.gitHub.tokens();
  expect(tokens).not.toEqual([]);
  const secrets = [...tokens, stage.webhookSecret].map((value) => canaryOf(value));
  const found = { isIn: (bytes: Buffer | string) => secrets.some((secret) => secret.isIn(bytes)) };

  for (const folder of [database, histories])
    expect(filesWith(canaryOf('shop.web.production.1'), folder)).not.toEqual([]);
  expect(filesWith(found, data)).toEqual([]);
  expect(filesWith(found, database)).toEqual([]);
  expect(filesWith(found, histories)).toEqual([]);
  expect(filesWith(found, join(stage.dir, 'w-a'))).toEqual([]);
});

test('GitHub was never told anything that its own description does not allow [A2][A3][A4]', () => {
  expect(stage.gitHub.drift()).toEqual([]);
});
