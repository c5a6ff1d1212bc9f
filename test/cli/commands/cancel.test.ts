import { afterEach, expect, test } from '@jest/globals';
import { landfall } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';
import { problem, startServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.stop());

test.each([
  ['shop.web.42', '/api/releases/shop.web.42/cancel'],
  ['shop.web.production.42', '/api/deployments/shop.web.production.42/cancel'],
])('%s is cancelled where it belongs, with its reason [B10][F6]', async (id, path) => {
  const bodies: unknown[] = [];
  server = await startServer((app) =>
    app.post(path, async (c) => {
      bodies.push(await c.req.json());
      return c.json({ id, state: 'switching' }, 202);
    }),
  );
  const { code, stdout } = await landfall(['cancel', id, '--reason', 'wrong day', '--json'], { env: server.env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ id, cancelling: true });
  expect(bodies).toEqual([{ reason: 'wrong day' }]);
});

test('one that has ended is an error that says so [B10][F6]', async () => {
  server = await startServer((app) =>
    app.post('/api/releases/:id/cancel', () => problem(409, 'Conflict', 'Release shop.web.42 has ended (completed).')),
  );
  const { code, stderr } = await landfall(['cancel', 'shop.web.42'], { env: server.env });
  expect(code).toBe(1);
  expect(stderr).toContain('has ended (completed)');
});
