import { afterEach, expect, test } from '@jest/globals';
import { DeclareService } from '../../../contracts/http/api.ts';
import { landfall } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';
import { problem, startServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.stop());

test('declares a public repository and says how to deploy it [B11][F6]', async () => {
  const bodies: unknown[] = [];
  server = await startServer((app) =>
    app.post('/api/services', async (c) => {
      const { project, service, ...rest } = DeclareService.parse(await c.req.json());
      bodies.push(rest);
      return c.json({ project, service }, 201);
    }),
  );
  const { code, stdout } = await landfall(['service', 'add', 'shop/web', '--url', 'https://example.org/shop.git'], {
    env: server.env,
  });
  expect(code).toBe(0);
  expect(stdout).toContain('landfall deploy shop/web');
  expect(bodies).toEqual([{ cloneUrl: 'https://example.org/shop.git', branch: 'main' }]);
});

test('what the server refuses is shown with its reason; without --url nothing is asked [B11][F6]', async () => {
  server = await startServer((app) =>
    app.post('/api/services', () => problem(409, 'Conflict', 'Project shop belongs to acme/shop.')),
  );
  const argv = ['service', 'add', 'shop/web', '--url', 'https://example.org/shop.git', '--json'];
  const refused = await landfall(argv, { env: server.env });
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({
    error: { why: 'Project shop belongs to acme/shop.' },
  });
  const incomplete = await landfall(['service', 'add', 'shop/web'], { env: server.env });
  expect(incomplete).toMatchObject({ code: 1, stderr: expect.stringContaining('--url') });
  expect(server.asked).toHaveLength(1);
});

test('gives a project or a service another name, and says what stays [F6]', async () => {
  const asked: unknown[] = [];
  server = await startServer((app) =>
    app.post('/api/services/move', async (c) => {
      asked.push(await c.req.json());
      return c.json({ keptAs: 'shop', calledNow: 'store' });
    }),
  );
  const { code, stdout } = await landfall(['service', 'move', 'shop', 'store'], { env: server.env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/called store now.*kept as shop/s) });
  expect(asked).toEqual([{ from: 'shop', to: 'store' }]);
  const wrong = await landfall(['service', 'move', 'shop', 'My Store'], { env: server.env });
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('PROJECT/SERVICE') });
});
