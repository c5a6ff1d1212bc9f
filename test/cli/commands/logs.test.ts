import { afterEach, expect, test } from '@jest/globals';
import type { ReleaseView } from '../../../contracts/http/api.ts';
import type { LogLine } from '../../../contracts/deployment/logs.ts';
import { buildView, deploymentView, releaseView } from '../support/views.ts';
import { landfall } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';
import { problem, startServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.stop());

const LINES: readonly LogLine[] = Array.from({ length: 7 }, (_, index) => ({
  at: Date.UTC(2026, 0, 2, 3, 4, index),
  source: index === 0 ? 'git' : 'build',
  text: `line ${String(index + 1)}`,
}));

/** Ids count from 1. Each connection gives `perConnection` lines and then breaks, in the middle of an event. */
const stream = (lastEventId: string | undefined, perConnection: number): string => {
  const from = Number(lastEventId ?? 0);
  const given = LINES.slice(from, from + perConnection).map((line, index) => event(from + index + 1, line));
  const rest = LINES[from + perConnection];
  const end = rest ? event(from + perConnection + 1, rest).slice(0, -10) : 'event: end\ndata: \n\n';
  return `: hello\n\n${given.join('')}${end}`;
};
const event = (id: number, line: LogLine) => `id: ${String(id)}\ndata: ${JSON.stringify(line)}\n\n`;

const whole = (lines: readonly LogLine[]) =>
  `${lines.map((line, index) => event(index + 1, line)).join('')}event: end\ndata: \n\n`;

const start = async (
  answer: (lastEventId: string | undefined) => Response,
  releases: readonly ReleaseView[] = [releaseView({ deployments: [] })],
) => {
  let looked = 0;
  server = await startServer((app) => {
    app.get('/api/releases/shop.web.42', (c) => {
      looked += 1;
      return c.json(releases[Math.min(looked, releases.length) - 1]);
    });
    app.get('/api/logs/:stream', (c) => {
      if (c.req.param('stream').startsWith('build-')) {
        return c.req.query('follow') === '1' ? events(whole(LINES.slice(0, 1))) : c.body(ndjson(LINES.slice(0, 1)));
      }
      return c.req.query('follow') === '1' ? answer(c.req.header('last-event-id')) : c.body(ndjson(LINES));
    });
  });
  return server.env;
};
const ndjson = (lines: readonly LogLine[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const events = (text: string) => new Response(text, { headers: { 'content-type': 'text/event-stream' } });

test('shows a deployment log with times and sources [B12][F6]', async () => {
  const env = await start(() => events(''));
  const { code, stdout } = await landfall(['logs', 'shop.web.production.42'], { env });
  expect(code).toBe(0);
  expect(stdout.split('\n').slice(0, 2)).toEqual(['03:04:00 git      line 1', '03:04:01 build    line 2']);
});

const texts = (stdout: string) => stdout.match(/line \d/g);
const first = LINES.slice(0, 1).map(({ text }) => text);
const all = LINES.map(({ text }) => text);

test('the log of a release is that of its build and of its deployments; without a build, of its deployments [B12][F6]', async () => {
  const env = await start(() => events(''), [releaseView()]);
  const { stdout } = await landfall(['logs', 'shop.web.42', '--json'], { env });
  expect(JSON.parse(stdout)).toEqual([...LINES.slice(0, 1), ...LINES]);
  await server.stop();
  const again = await start(() => events(''), [releaseView({ build: null })]);
  expect(texts((await landfall(['logs', 'shop.web.42'], { env: again })).stdout)).toEqual(all);
});

test('-f follows a release without a build (a rollback, a promotion) to the end of its deployment [B12][F6]', async () => {
  const none = releaseView({ build: null, state: 'deploying', deployments: [] });
  const env = await start(() => events(whole(LINES)), [none, releaseView({ build: null })]);
  const { code, stdout } = await landfall(['logs', 'shop.web.42', '-f'], { env });
  expect(code).toBe(0);
  expect(texts(stdout)).toEqual(all);
});

test('-f follows the build of a release, then what it deploys, and says what waits for approval [B12][A7][F6]', async () => {
  const building = releaseView({ state: 'building', build: buildView({ state: 'building' }), deployments: [] });
  const waiting = releaseView({
    state: 'deploying',
    deployments: [
      deploymentView({ id: 'shop.web.staging.42', environment: 'staging' }),
      deploymentView({ state: 'awaiting_approval', generation: null }),
    ],
  });
  const env = await start(() => events(whole(LINES)), [building, waiting]);
  const { code, stdout, stderr } = await landfall(['logs', 'shop.web.42', '-f'], { env });
  expect(code).toBe(0);
  expect(texts(stdout)).toEqual([...first, ...all]);
  expect(stderr).toBe('shop.web.production.42 waits for approval: landfall approve shop.web.production.42\n');
  expect(server.asked).not.toContain('GET /api/logs/deployment-shop.web.production.42');
});

test('-f over connections that break in the middle of an event gives every line once, in order [B12][F6]', async () => {
  const asked: (string | undefined)[] = [];
  const env = await start((lastEventId) => {
    asked.push(lastEventId);
    return events(stream(lastEventId, 3));
  });
  const { code, stdout, stderr } = await landfall(['logs', 'shop.web.production.42', '-f', '--json'], { env });
  expect(code).toBe(0);
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(LINES);
  expect(asked).toEqual([undefined, '3', '6']);
  expect(stderr).toContain('requesting the rest');
});

test('-f waits for a server that restarts [B12][F6]', async () => {
  let asked = 0;
  const env = await start((lastEventId) => {
    asked += 1;
    return asked === 2 ? problem(503, 'Service Unavailable', 'Starting.') : events(stream(lastEventId, 4));
  });
  const { code, stdout } = await landfall(['logs', 'shop.web.production.42', '-f'], { env });
  expect(code).toBe(0);
  expect(stdout.match(/line \d/g)).toEqual(LINES.map(({ text }) => text));
});

test('-f of a log that is not there ends at once [B12][F6]', async () => {
  const env = await start(() => problem(404, 'Not Found', 'There is no such deployment.'));
  const { code, stderr } = await landfall(['logs', 'shop.web.production.99', '-f'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain('There is no such deployment.');
  expect(server.asked).toHaveLength(1);
});

test('escape codes of a build do not reach the terminal [B12]', async () => {
  const line = { ...LINES[0], text: '\u001b[2J\u001b]0;owned\u0007\rdone' };
  const env = await start(() => events(`id: 1\ndata: ${JSON.stringify(line)}\n\nevent: end\ndata:\n\n`));
  const { stdout } = await landfall(['logs', 'shop.web.production.42', '-f'], { env });
  expect(stdout).toBe('03:04:00 git      done\n');
});

test('-f of something that is no log line ends at once instead of asking for ever [B12]', async () => {
  const env = await start(() => events('id: 1\ndata: {"html":true}\n\n'));
  const { code, stderr } = await landfall(['logs', 'shop.web.production.42', '-f'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain('not in the form');
  expect(server.asked).toHaveLength(1);
});
