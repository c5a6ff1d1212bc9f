import { afterEach, expect, test } from '@jest/globals';
import type { DecisionView, ReleaseView } from '../../../contracts/http/api.ts';
import { RequestRelease } from '../../../contracts/http/api.ts';
import { skipped as skip } from '../../../contracts/admission/decision.ts';
import { buildView, deploymentView, releaseView } from '../support/views.ts';
import { landfall } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';
import { problem, startServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.stop());

/** Answers one view after the other, the last one again and again; `null` is a server that is restarting. */
const start = async (
  views: readonly (ReleaseView | null)[],
  released = ['shop.web.42'],
  skipped: string[] = [],
  decisions: readonly DecisionView[] = [],
) => {
  const bodies: unknown[] = [];
  let looked = 0;
  server = await startServer((app) => {
    app.post('/api/releases', async (c) => {
      const body = RequestRelease.parse(await c.req.json());
      bodies.push(body);
      return c.json({ requestId: body.requestId, released, skipped, decisions }, 202);
    });
    app.get('/api/releases/shop.web.42', (c) => {
      const view = views[Math.min(looked, views.length - 1)];
      looked += 1;
      return view ? c.json(view) : problem(503, 'Service Unavailable', 'The database does not answer.');
    });
  });
  return { env: server.env, bodies };
};

const building = releaseView({ state: 'building', build: buildView({ state: 'building' }), deployments: [] });
const ended = (state: ReleaseView['deployments'][number]['state'], release: ReleaseView['state']) =>
  releaseView({
    state: release,
    deployments: [
      deploymentView({ state, failure: state === 'live' ? null : { type: 'Unhealthy', message: 'no health' } }),
    ],
  });

test('without --wait it says which release it became and ends with 0 [F6]', async () => {
  const { env, bodies } = await start([building]);
  const { code, stdout } = await landfall(['deploy', 'shop/web', '-e', 'production', '--ref', 'main'], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('shop.web.42 is on its way');
  expect(bodies).toEqual([
    { project: 'shop', service: 'web', environment: 'production', ref: 'main', requestId: expect.any(String) },
  ]);
});

test('the same --request-id is sent as it is, so that asking again joins the request [F6][C4]', async () => {
  const { env, bodies } = await start([building]);
  await landfall(['deploy', 'shop/web', '--request-id', 'ci-run-4711'], { env });
  expect(bodies).toEqual([{ project: 'shop', service: 'web', requestId: 'ci-run-4711' }]);
});

test.each([
  ['live', 'completed', 0],
  ['failed', 'failed', 2],
  ['rollback_failed', 'failed', 2],
  ['rolled_back', 'failed', 3],
  ['cancelled', 'cancelled', 4],
  ['superseded', 'completed', 4],
] as const)('--wait: a deployment that ends %s has exit code of its own [F6][C4]', async (state, release, expected) => {
  const { env } = await start([building, ended(state, release)]);
  const { code, stdout, stderr } = await landfall(['deploy', 'shop/web', '--wait', '--json'], { env });
  expect(code).toBe(expected);
  expect(JSON.parse(stdout)).toEqual(ended(state, release));
  expect(stderr).toMatch(/build building\n.*build completed\n/);
});

test('--wait: a release whose build fails ends with 2 and says why [F6]', async () => {
  const failure = { type: 'BuildFailed', message: 'the Dockerfile ended with 3' };
  const { env } = await start([releaseView({ state: 'failed', failure, deployments: [] })]);
  const { code, stdout } = await landfall(['deploy', 'shop/web', '--wait'], { env });
  expect(code).toBe(2);
  expect(stdout).toBe('✗ shop.web.42: failed\n  the Dockerfile ended with 3\n');
});

test('--wait: each state is told once, and a server that restarts meanwhile does not end the wait [F6]', async () => {
  const { env } = await start([building, null, building, null, ended('live', 'completed')]);
  const { code, stderr } = await landfall(['deploy', 'shop/web', '--wait'], { env });
  expect(code).toBe(0);
  expect(stderr.match(/build building/g)).toHaveLength(1);
  expect(stderr).toContain('to answer again');
});

test('--wait is bounded: then it says that the release goes on, and ends with 1 [F6]', async () => {
  const { env } = await start([building]);
  const { code, stderr } = await landfall(['deploy', 'shop/web', '--wait', '--timeout', '1ms'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain('`landfall cancel shop.web.42` ends it');
});

test('Ctrl-C ends the wait with 130, not the release [F6]', async () => {
  const { env } = await start([building]);
  const ending = new AbortController();
  const waiting = landfall(['deploy', 'shop/web', '--wait'], { env, signal: ending.signal });
  while (!server.asked.includes('GET /api/releases/shop.web.42')) await new Promise((resolve) => setImmediate(resolve));
  ending.abort();
  expect((await waiting).code).toBe(130);
  expect(server.asked.filter((one) => one.startsWith('POST'))).toEqual(['POST /api/releases']);
});

test('nothing released is an error that says why [F6]', async () => {
  const { env } = await start([building], [], ['main has no landfall.yaml']);
  const { code, stderr } = await landfall(['deploy', 'shop/web', '--wait'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain('nothing was released: main has no landfall.yaml');
});

test('--tag is sent as a tag, in place of a ref [E1][E2]', async () => {
  const { env, bodies } = await start([building]);
  const { code } = await landfall(['deploy', 'shop/web', '-e', 'production', '--tag', 'v1.2.0'], { env });
  expect(code).toBe(0);
  expect(bodies).toMatchObject([{ environment: 'production', tag: 'v1.2.0' }]);
});

test('what was not released is said with its reason for programs [E1][F6]', async () => {
  const words = 'the default branch main has no landfall.yaml';
  const { env } = await start([building], [], [words], [skip('no_configuration', words)]);
  const { code, stderr } = await landfall(['deploy', 'shop/web'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain(`${words} (no_configuration)`);
});
