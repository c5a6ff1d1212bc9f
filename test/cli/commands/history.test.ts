import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { changesView, deploymentView } from '../support/views.ts';
import { landfall } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.stop());

const start = async (deployments: unknown[]) => {
  const queries: Record<string, string>[] = [];
  server = await startServer((app) => {
    app.get('/api/deployments', (c) => {
      queries.push(c.req.query());
      return c.json(deployments);
    });
  });
  return { env: server.env, queries };
};

test('lists what runs now and what ran before, each with its image, its builder and the commits that it brought [A9][F6]', async () => {
  const first = deploymentView({
    id: 'shop.web.production.41',
    generation: 6,
    builder: null,
    changes: changesView({ from: null, compareUrl: null }),
  });
  // Requested before the first one, it went live after it.
  const { env, queries } = await start([first, deploymentView({ id: 'shop.web.production.40', generation: 7 })]);
  const { code, stdout, stderr } = await landfall(['history', 'shop/web', 'production'], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(queries).toEqual([{ project: 'shop', service: 'web', environment: 'production', state: 'live' }]);
  const [now = '', before = ''] = stdout.split('\n');
  expect(now).toMatch(
    /^shop\.web\.production\.40 {2}\d+ d ago {2}0f1e2d3 → 1a2b3c4 +sha256:abababababab {2}dockerfile +Sell more \(octocat\) {2}https:\/\/github\.com\/acme\/shop\/compare\/\S+$/,
  );
  expect(before).toMatch(
    /^shop\.web\.production\.41 .* 1a2b3c4, the first one here {2}sha256:abababababab {2}builder unknown {2}Sell more/,
  );
});

test.each([120, 80, 40])('fits a terminal of %i columns [A9][F6]', async (columns) => {
  const more = { subject: 'A very long subject that says everything about what was changed and why it had to be' };
  const { env } = await start([deploymentView(more), deploymentView({ ...more, id: 'shop.web.production.9' })]);
  const { stdout } = await landfall(['history', 'shop/web', 'production'], { env, tty: true, columns });
  const lines = stripVTControlCharacters(stdout).trimEnd().split('\n');
  expect(lines.map((line) => line.length <= columns)).toEqual(lines.map(() => true));
  expect(lines).toHaveLength(6);
  expect(lines[0]).toMatch(/^shop\.web\.production\.42 {2}/);
  expect(lines[1]).toMatch(/^ {2}A very long subject/);
});

test('--json is the same for programs; nothing yet is no error [A9][F6]', async () => {
  const { env } = await start([deploymentView()]);
  const { stdout } = await landfall(['history', 'shop/web', 'production', '--json'], { env });
  expect(JSON.parse(stdout)).toEqual([deploymentView()]);
  await server.stop();
  const none = await landfall(['history', 'shop/web', 'production'], { env: (await start([])).env });
  expect(none).toMatchObject({ code: 0, stdout: 'Nothing was live there yet.\n' });
});

test('of a service that has been renamed says the present name above the ids [B4][F6]', async () => {
  const { env } = await start([deploymentView({ calledNow: 'store/frontend' })]);
  const { stdout } = await landfall(['history', 'store/frontend', 'production'], { env });
  expect(stdout).toMatch(/^store\/frontend \(kept as shop\/web\)\nshop\.web\.production\.42 /);
});
