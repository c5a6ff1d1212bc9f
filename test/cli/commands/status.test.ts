import { afterEach, expect, test } from '@jest/globals';
import type { ServiceView } from '../../../contracts/http/api.ts';
import { changesView, deploymentView, releaseView, serviceView } from '../support/views.ts';
import { landfall } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

let server: TestServer;
/** The environment's own account; `undefined`: it does not answer. */
let halted: object | undefined;
afterEach(() => server.stop());

const start = async (
  services: ServiceView[],
  deployments: unknown[],
  jobs: unknown[] | null = [],
  releases: unknown[] = [],
) => {
  server = await startServer((app) => {
    app.get('/api/services', (c) => {
      const { project = '', service = '' } = c.req.query();
      const named = ({ project: of, service: name }: ServiceView) => of === project && name === service;
      return c.json(project === '' ? services : services.filter(named));
    });
    app.get('/api/deployments', (c) => c.json(deployments));
    app.get('/api/releases', (c) => c.json(releases));
    app.get('/api/environments/shop/web/production', (c) => (halted ? c.json(halted) : c.notFound()));
    if (jobs) app.get('/api/jobs', (c) => c.json({ answered: true, jobs }));
  });
  return server.env;
};

test('shows which artefact is live where with what it brought, and what is on its way but not what has ended [A9][F6]', async () => {
  const env = await start(
    [serviceView()],
    [deploymentView({ state: 'switching' }), deploymentView({ id: 'shop.web.production.41' })],
  );
  const { code, stdout, stderr } = await landfall(['status'], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n');
  expect(lines[0]).toBe('shop/web  acme/shop, main');
  expect(lines[1]).toMatch(
    /^ {2}production {2}1a2b3c4 {2}shop\.web\.production\.41 {2}\d+ d ago {2}sha256:abababababab {2}dockerfile {2}0f1e2d3 → 1a2b3c4$/,
  );
  expect(lines[2]).toMatch(/^ {4}https:\/\/github\.com\/acme\/shop\/compare\/0f1e2d3[0-9a-f]+\.\.\.1a2b3c4[0-9a-f]+$/);
  expect(lines[4]).toBe('on its way');
  expect(lines[5]).toMatch(
    /^ {2}shop\.web\.production\.42 {2}switching {2}1a2b3c4 {2}Sell more \(octocat\) {2}\d+ d ago$/,
  );
});

test('shows previews apart, below what landfall.yaml lists [D7][F6]', async () => {
  const [production] = serviceView().environments;
  if (!production) throw new Error('there is none');
  const preview = (number: number, live = production.live) => ({
    ...{ ...production, live },
    environment: `pr-${number}`,
    preview: { number },
  });
  const env = await start([serviceView({ previews: [preview(7), preview(12, null)] })], []);
  const { stdout } = await landfall(['status'], { env });
  const lines = stdout.split('\n');
  const at = lines.indexOf('  previews');
  expect(lines.slice(0, at).join('\n')).not.toContain('pr-');
  expect(lines[at + 1]).toMatch(/^ {4}pr-7 {3}1a2b3c4 {2}/);
  expect(lines.slice(at + 2).join('\n')).toMatch(/^ {4}pr-12 {2}nothing live$/m);
  const { services } = JSON.parse((await landfall(['status', '--json'], { env })).stdout) as { services: unknown };
  expect(services).toMatchObject([
    { environments: [{ environment: 'production' }], previews: [{ environment: 'pr-7', preview: { number: 7 } }, {}] },
  ]);
});

test('shows builds that are under way and those that failed, until a later release has taken their place [B12][F6]', async () => {
  const env = await start(
    [serviceView()],
    [],
    [],
    [
      releaseView({ id: 'shop.api.9', service: 'api', state: 'building', deployments: [] }),
      releaseView({ id: 'shop.web.43', state: 'failed', subject: 'Forget a semicolon', deployments: [] }),
      releaseView({ id: 'shop.web.42' }),
      releaseView({ id: 'shop.web.41', state: 'failed', deployments: [] }),
    ],
  );
  const { stdout } = await landfall(['status'], { env });
  const lines = stdout.trimEnd().split('\n').slice(-3);
  expect(lines[0]).toBe('builds');
  expect(lines[1]).toMatch(/^ {2}shop\.api\.9 {3}building {2}1a2b3c4 {2}Sell more/);
  expect(lines[2]).toMatch(/^ {2}shop\.web\.43 {2}failed {4}1a2b3c4 {2}Forget a semicolon \(octocat\)/);
  expect(stdout).not.toContain('shop.web.41  failed');
});

test.each([
  ['the first one', { from: null, compareUrl: null }, '1a2b3c4, the first one here'],
  ['a rollback', { rollback: true, compareUrl: null }, 'back from 0f1e2d3 to 1a2b3c4'],
])('says of %s that it is one [A9]', async (_what, change, words) => {
  const [production] = serviceView().environments;
  const live = production?.live ? { ...production.live, changes: changesView(change) } : null;
  const env = await start([serviceView({ environments: production ? [{ ...production, live }] : [] })], []);
  const lines = (await landfall(['status'], { env })).stdout.trimEnd().split('\n');
  expect(lines[1]).toMatch(new RegExp(`  dockerfile  ${words}$`));
  expect(lines).toHaveLength(2);
});

test('shows jobs of GitHub Actions that wait, with what to say to let them go on [A7][F6]', async () => {
  const job = {
    ...{ id: 'github.actions.7.456.production', repository: 'acme/shop', environment: 'production', runId: '456' },
    ...{ commit: null, url: 'https://github.com/acme/shop/actions/runs/456', actor: 'octocat' },
    since: '2026-01-02T03:04:05.000Z',
  };
  const env = await start([serviceView()], [], [job, { ...job, id: null, environment: 'Production EU' }]);
  const { stdout } = await landfall(['status'], { env });
  const lines = stdout.trimEnd().split('\n').slice(-3);
  expect(lines[0]).toBe('jobs of GitHub Actions that wait');
  expect(lines[1]).toMatch(
    /^ {2}production +waits {2}run 456 of acme\/shop {2}octocat {2}\d+ d ago {2}landfall approve github\.actions\.7\.456\.production$/,
  );
  expect(lines[2]).toMatch(/^ {2}Production EU {2}waits .* decide on GitHub$/);
});

test('of a Landfall that cannot say which jobs wait shows the rest, and that [F1][F6]', async () => {
  const env = await start([serviceView()], [], null);
  const { code, stdout } = await landfall(['status'], { env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^shop\/web [^]*\nThe waiting jobs of GitHub Actions are not known/);
});

test('one service is asked for by its name, and --json is the answer as it is [A9][F6]', async () => {
  const env = await start([serviceView({ project: 'other' }), serviceView()], []);
  const { stdout } = await landfall(['status', 'shop/web', '--json'], { env });
  expect(JSON.parse(stdout)).toEqual({ services: [serviceView()], running: [], builds: [] });
});

test('a service that has been renamed is shown by its present name, with the one that ids have [B4][F6]', async () => {
  const env = await start([serviceView({ calledNow: 'store/frontend' })], []);
  const [title] = (await landfall(['status'], { env })).stdout.split('\n');
  expect(title).toBe('store/frontend (kept as shop/web)  acme/shop, main');
});

test('what is no longer in landfall.yaml is shown as that [B3][F6]', async () => {
  const [production] = serviceView().environments;
  const removed = production ? [{ ...production, removedAt: '2026-01-02T03:04:05.000Z' }] : [];
  const { stdout } = await landfall(['status'], { env: await start([serviceView({ environments: removed })], []) });
  expect(stdout).toMatch(/production .*\n {4}no longer in landfall\.yaml since \d+ d ago\n/);
});

test('says what to do when there are no services yet [F6]', async () => {
  const { code, stdout } = await landfall(['status'], { env: await start([], []) });
  expect(code).toBe(0);
  expect(stdout).toContain('Install the GitHub App');
});

test('a service that is not there is an error with what to do [F6]', async () => {
  const { code, stderr } = await landfall(['status', 'shop/api'], { env: await start([], []) });
  expect(code).toBe(1);
  expect(stderr).toContain('there is no such service');
});

test('colours appear on a terminal only, and not with NO_COLOR; a commit subject cannot bring its own [F6]', async () => {
  const env = await start(
    [serviceView()],
    [deploymentView({ state: 'queued', subject: '\u001b[31mred\u001b]0;title\u0007\u202e' })],
  );
  const [piped, terminal, plain] = [
    await landfall(['status'], { env }),
    await landfall(['status'], { env, tty: true }),
    await landfall(['status'], { env: { ...env, NO_COLOR: '1' }, tty: true }),
  ];
  expect(terminal.stdout).toContain('\u001b[1m');
  expect(terminal.stdout).not.toContain('\u001b[31m');
  for (const { stdout } of [piped, plain]) expect(stdout).not.toMatch(/[\u001b\u0007\u202e]/);
});

test('says of what is live that it crashes in a loop, with nothing in it that a terminal obeys [E8][F6]', async () => {
  const [production] = serviceView().environments;
  const crashing = [
    { place: 'alpha', since: '2026-01-02T03:04:05.000Z', why: 'alpha: 4 times.\u001b[31m\nIts last lines' },
  ];
  const live = production?.live ? { ...production.live, crashing } : null;
  const env = await start([serviceView({ environments: production ? [{ ...production, live }] : [] })], []);
  const lines = (await landfall(['status'], { env })).stdout.trimEnd().split('\n');
  expect(lines.slice(3)).toEqual([
    expect.stringMatching(/^ {4}crashes since \d+ d ago: alpha: 4 times\.$/),
    '    Its last lines',
  ]);
});

test('says of an environment that visitors get a page, until when, by whom and why [B18][F6]', async () => {
  const [production] = serviceView().environments;
  const maintenance = { by: 'ann', reason: 'moving\u001b[31m', until: '2026-01-02T05:00:00.000Z' };
  const env = await start([serviceView({ environments: production ? [{ ...production, maintenance }] : [] })], []);
  const { stdout } = await landfall(['status'], { env });
  expect(stdout).toContain('    maintenance: visitors get a page until 2026-01-02T05:00:00.000Z, by ann: moving\n');
});

test('a deployment that does not go on is called halted, with the reason [F6]', async () => {
  const env = await start([serviceView()], [deploymentView({ id: 'shop.web.production.42', state: 'switching' })]);
  const now = { generation: 7, live: null, previous: null, lock: null, pause: null, hold: null, waiting: [] };
  halted = {
    ...serviceView().environments[0],
    answered: true,
    now: { ...now, running: 'shop.web.production.42', halted: 'paused by ann: an incident\nsee the log' },
  };
  const { stdout } = await landfall(['status'], { env });
  expect(stdout).toMatch(/shop\.web\.production\.42 {2}halted .*\n {4}paused by ann: an incident\n {4}see the log\n$/);
  const { running } = JSON.parse((await landfall(['status', '--json'], { env })).stdout) as { running: object[] };
  expect(running).toMatchObject([{ state: 'switching', halted: expect.stringContaining('an incident') }]);
  halted = undefined;
});
