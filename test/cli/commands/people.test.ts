/** The commands with which people decide: each asks one thing of the API, and says what came of it. */
import { afterEach, expect, test } from '@jest/globals';
import type { EnvironmentNow, EnvironmentStatus } from '../../../contracts/http/people.ts';
import { landfall } from '../support/run.ts';
import type { TestServer } from '../support/server.ts';
import { problem, startServer } from '../support/server.ts';
import { deploymentView, releaseView, serviceView } from '../support/views.ts';

let server: TestServer;
afterEach(() => server.stop());

const ID = 'shop.web.production.42';
const JOB = 'github.actions.7.456.production';
const PRODUCTION = '/api/environments/shop/web/production';
const AT = '2026-01-02T03:04:05.000Z';

const gate = (state: 'waiting' | 'approved' | 'rejected', needed = 1) => ({
  deploymentId: ID,
  environment: 'production',
  commit: 'a'.repeat(40),
  digest: `sha256:${'ab'.repeat(32)}`,
  state,
  needed,
  decisions: [{ decision: 'approve', by: { kind: 'token', name: 'ada' }, via: 'cli', note: '', at: AT }],
  expiresAt: AT,
});
const now = (change: Partial<EnvironmentNow> = {}): EnvironmentNow => ({
  generation: 7,
  live: null,
  previous: null,
  lock: null,
  pause: null,
  hold: null,
  running: null,
  halted: null,
  waiting: [],
  ...change,
});
const ann = { kind: 'github', name: 'ann' } as const;
/** The deployment's own report. */
const itself = { id: ID, state: 'switching', step: 'switch', place: 'host-a', pause: null, failed: [] };

/** Answers everything that is posted with this; remembers the path, the body and who the client says it is. */
async function answering(answer: unknown, status = 200) {
  const asked: unknown[] = [];
  server = await startServer((app) => {
    app.post('/api/*', async (c) => {
      asked.push([c.req.path, await c.req.json(), c.req.header('x-landfall-client')]);
      return c.json(answer, status === 202 ? 202 : 200);
    });
    app.get('/api/releases/shop.web.43', (c) => c.json(releaseView({ id: 'shop.web.43' })));
  });
  return asked;
}

test.each([
  [['approve', ID], gate('approved'), `/api/deployments/${ID}/approve`, { note: '' }, /is approved and goes on/],
  [
    ['approve', ID, '--note', 'fine'],
    gate('waiting', 2),
    `/api/deployments/${ID}/approve`,
    { note: 'fine' },
    /1 of 2 approvals/,
  ],
  [
    ['approve', JOB],
    { ...gate('approved'), deploymentId: JOB, digest: null },
    `/api/deployments/${JOB}/approve`,
    { note: '' },
    /is approved and goes on\.\n$/,
  ],
  [
    ['approve', 'shop.web.42'],
    gate('approved'),
    '/api/deployments/shop.web.42/approve',
    { note: '' },
    RegExp(`^${ID} is`),
  ],
  [
    ['approve', '`SHOP.web.42`'],
    gate('approved'),
    '/api/deployments/shop.web.42/approve',
    { note: '' },
    RegExp(`^${ID}`),
  ],
  [['approve', 'deadbeef01'], gate('approved'), '/api/deployments/deadbeef01/approve', { note: '' }, RegExp(`^${ID}`)],
  [['pause', 'shop.web.42', '--reason', 'x'], itself, '/api/deployments/shop.web.42/pause', { reason: 'x' }, /resume/],
  [['unlock', 'shop.web.production'], now(), `${PRODUCTION}/unlock`, { force: false }, /is unlocked/],
  [['unlock', 'shop/web/production'], now(), `${PRODUCTION}/unlock`, { force: false }, /is unlocked/],
  [['unlock', 'shop.web', 'production'], now(), `${PRODUCTION}/unlock`, { force: false }, /is unlocked/],
  [['resume', 'shop.web.production'], now(), `${PRODUCTION}/resume`, {}, /takes deployments again/],
  [['reject', ID, '--reason', 'no'], gate('rejected'), `/api/deployments/${ID}/reject`, { note: 'no' }, /is rejected/],
  [
    ['lock', 'shop/web', 'production', '--reason', 'x', '--for', '2h'],
    now({ lock: { owner: ann, reason: 'x', at: AT, expiresAt: AT } }),
    `${PRODUCTION}/lock`,
    { reason: 'x', for: '2h' },
    /is locked until 2026/,
  ],
  [
    ['lock', 'shop/web', 'production', '--reason', 'x'],
    now({ lock: { owner: ann, reason: 'x', at: AT, expiresAt: null } }),
    `${PRODUCTION}/lock`,
    { reason: 'x' },
    /until it is unlocked/,
  ],
  [['unlock', 'shop/web', 'production'], now(), `${PRODUCTION}/unlock`, { force: false }, /is unlocked/],
  [['unlock', 'shop/web', 'production', '--force'], now(), `${PRODUCTION}/unlock`, { force: true }, /is unlocked/],
  [
    ['maintenance', 'on', 'shop.web.production', '--reason', 'back at noon', '--for', '2h'],
    now({ maintenance: { by: ann, reason: 'back at noon', at: AT, until: AT } }),
    `${PRODUCTION}/maintenance`,
    { reason: 'back at noon', for: '2h' },
    /shows a maintenance page until 2026/,
  ],
  [
    ['maintenance', 'on', 'shop/web', 'production'],
    now({ maintenance: { by: ann, reason: '', at: AT, until: null } }),
    `${PRODUCTION}/maintenance`,
    { reason: '' },
    /until it is switched off/,
  ],
  [
    ['maintenance', 'off', 'shop/web', 'production'],
    now(),
    `${PRODUCTION}/maintenance/end`,
    {},
    /answers its visitors again/,
  ],
  [
    ['pause', 'shop/web', 'production', '--reason', 'x'],
    now(),
    `${PRODUCTION}/pause`,
    { reason: 'x' },
    /landfall resume shop\/web production/,
  ],
  [['resume', 'shop/web', 'production'], now(), `${PRODUCTION}/resume`, {}, /takes deployments again/],
  [
    ['pause', ID, '--reason', 'x'],
    itself,
    `/api/deployments/${ID}/pause`,
    { reason: 'x' },
    /landfall resume shop\.web\.production\.42/,
  ],
  [
    ['destroy', 'shop/web', 'production', '--confirm', 'shop.web.production'],
    now({ destruction: { by: ann, at: AT, places: [] } }),
    `${PRODUCTION}/destroy`,
    { confirm: 'shop.web.production' },
    /is being destroyed\. Follow it with: landfall queue shop\/web production/,
  ],
  [
    ['destroy', 'shop.web', '--confirm', 'shop.web'],
    { environments: ['shop.web.production'] },
    '/api/services/shop/web/destroy',
    { confirm: 'shop.web' },
    /^shop\.web is being destroyed\. Follow it with: landfall status/,
  ],
  [['resume', ID], itself, `/api/deployments/${ID}/resume`, {}, /goes on/],
  [
    ['step', 'retry', ID, 'release', '--reason', 'x'],
    itself,
    `/api/deployments/${ID}/steps/release/retry`,
    { reason: 'x' },
    /is done again/,
  ],
  [
    ['step', 'skip', ID, 'release', '--reason', 'x'],
    itself,
    `/api/deployments/${ID}/steps/release/skip`,
    { reason: 'x' },
    /is left out/,
  ],
  [
    ['step', 'abort', ID, 'switch', '--reason', 'x'],
    itself,
    `/api/deployments/${ID}/steps/switch/abort`,
    { reason: 'x' },
    /is given up/,
  ],
])('%j asks once, as the command line, and says what came of it [F6][F2]', async (argv, answer, path, body, said) => {
  const asked = await answering(answer);
  const { code, stdout } = await landfall(argv, { env: server.env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(said) });
  expect(asked).toEqual([[path, body, 'cli']]);
  const machine = await landfall([...argv, '--json'], { env: server.env });
  expect(JSON.parse(machine.stdout)).toEqual(answer);
});

test('a maintenance page that has not come to a place is said, and is no success [B18][F6]', async () => {
  const maintenance = { by: ann, reason: '', at: AT, until: null };
  await answering(now({ maintenance, unpaged: [{ place: 'host-b', why: 'no worker\u001b[31m has done it' }] }));
  const { code, stdout } = await landfall(['maintenance', 'on', 'shop/web', 'production'], { env: server.env });
  expect([code, stdout]).toEqual([1, expect.stringContaining('not at host-b yet: no worker has done it')]);
});

test('lock --help says how long a lock is for without a time [E9]', async () => {
  server = await startServer(() => undefined);
  const { stdout } = await landfall(['lock', '--help'], { env: server.env });
  expect(stdout).toContain('default: 24h');
});

test.each([
  [
    'a lock of somebody else',
    ['lock', 'shop/web', 'production', '--reason', 'x'],
    409,
    'It is locked already, by ann.',
  ],
  ['who may not decide', ['approve', ID], 403, 'ada may not decide about production. It takes ann.'],
  ['what does not wait', ['reject', ID, '--reason', 'x'], 409, `${ID} is approved already.`],
  [
    'nothing to return to',
    ['rollback', 'shop/web', 'production'],
    422,
    'shop.web.production has nothing to return to.',
  ],
  [
    'what is there already',
    ['promote', 'shop/web', '-e', 'production'],
    409,
    'what is live in staging is live in production already',
  ],
  ['what has landed', ['retry', 'shop.web.42'], 409, 'Release shop.web.42 has landed.'],
])('%s is an error in the words of the server [F6]', async (_what, argv, status, detail) => {
  server = await startServer((app) => app.post('/api/*', () => problem(status, 'Refused', detail)));
  const { code, stderr, stdout } = await landfall(argv, { env: server.env });
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(detail) });
});

test.each([
  [['pause', 'shop/web', '--reason', 'x'], /no environment is named.*shop\/web production/s],
  [['pause', ID, 'production', '--reason', 'x'], /in one environment already.*"production" out/s],
  [['pause', 'shop.web.production', 'staging', '--reason', 'x'], /Name it/],
  [['lock', 'shop.web.production', 'staging', '--reason', 'x'], /both production and staging are named/],
  [['lock', 'shop/web', '--reason', 'x'], /no environment is named/],
  [['retry', 'nothing'], /Use an id/],
  [['promote', 'shop/web'], /--environment/],
  [['maintenance', 'on', 'shop/web'], /no environment is named/],
  [['maintenance', 'on', 'shop/web', 'production', '--for', 'ever'], /a time from 1s to 30d/],
  [['promote', 'shop/web', '-e', '../x'], /Use lower-case letters/],
  [['pause', ID], /--reason/],
  [['resume', 'nothing'], /such as shop\/web/],
  [['step', 'retry', ID, 'coffee', '--reason', 'x'], /prepare, capture, release, switch/],
  [['step', 'retry', ID, 'release'], /--reason/],
])('%j asks nobody, and says what is wrong with it [F6]', async (argv, said) => {
  const asked = await answering(itself);
  const { code, stderr } = await landfall(argv, { env: server.env });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(said) });
  expect(asked).toEqual([]);
});

test.each([
  [['rollback', 'shop/web', 'production'], `${PRODUCTION}/rollback`, {}],
  [
    ['rollback', 'shop/web', 'production', '--to', 'shop.web.production.40'],
    `${PRODUCTION}/rollback`,
    { to: 'shop.web.production.40' },
  ],
  [['promote', 'shop/web', '-e', 'production'], `${PRODUCTION}/promote`, {}],
  [['retry', 'shop.web.42'], '/api/releases/shop.web.42/retry', {}],
])('%j says which release it became, and with --wait what became of that [F6][A9]', async (argv, path, body) => {
  const asked = await answering({ requestId: 'request-7', released: ['shop.web.43'], skipped: [] }, 202);
  const begun = await landfall([...argv, '--request-id', 'request-7'], { env: server.env });
  expect(begun).toMatchObject({ code: 0, stdout: expect.stringContaining('shop.web.43 is on its way') });
  expect(asked).toEqual([[path, { ...body, requestId: 'request-7' }, 'cli']]);
  const ended = await landfall([...argv, '--wait', '--json'], { env: server.env });
  expect([ended.code, JSON.parse(ended.stdout)]).toEqual([0, releaseView({ id: 'shop.web.43' })]);
});

test('deploy --wait does not wait for people: 5, with what they have to do [F6][A7]', async () => {
  const waiting = releaseView({
    state: 'deploying',
    deployments: [
      deploymentView({ id: 'shop.web.staging.42', environment: 'staging' }),
      deploymentView({ state: 'awaiting_approval', urls: [] }),
    ],
  });
  server = await startServer((app) => {
    app.post('/api/releases', (c) => c.json({ requestId: 'r', released: ['shop.web.42'], skipped: [] }, 202));
    app.get('/api/releases/shop.web.42', (c) => c.json(waiting));
  });
  const { code, stdout } = await landfall(['deploy', 'shop/web', '--wait'], { env: server.env });
  expect(code).toBe(5);
  expect(stdout).toContain('… shop.web.42: waits for approval\n');
  expect(stdout).toContain(`  production: awaiting approval, landfall approve ${ID}\n`);
});

const status = (change: Partial<EnvironmentStatus>): EnvironmentStatus => {
  const [environment] = serviceView().environments;
  return {
    ...environment,
    project: 'shop',
    service: 'web',
    environment: 'production',
    live: environment?.live ?? null,
    previous: null,
    answered: true,
    now: now(),
    ...change,
  };
};

const showing = async (shown: EnvironmentStatus) => {
  server = await startServer((app) => app.get(PRODUCTION, (c) => c.json(shown)));
  return landfall(['queue', 'shop/web', 'production'], { env: server.env });
};

test('queue shows what runs, what waits in which order and why, and who holds it back [E9][F6]', async () => {
  const { code, stdout } = await showing(
    status({
      now: now({
        running: 'shop.web.production.42',
        halted: 'paused by ann: an incident',
        lock: { owner: ann, reason: 'a migration\u001b[31m', at: AT, expiresAt: AT },
        pause: { by: ann, reason: 'an incident', at: AT },
        hold: { by: ann, at: AT, deploymentId: 'shop.web.production.41' },
        waiting: [
          { deploymentId: 'shop.web.production.43', position: 1, why: 'locked by ann' },
          { deploymentId: 'shop.web.production.44', position: 2, why: 'behind shop.web.production.43' },
        ],
      }),
    }),
  );
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'shop/web production',
    '  live    shop.web.production.41  1a2b3c4',
    `  locked  by ann until ${AT}: a migration`,
    '  paused  by ann: an incident',
    '  held    after the rollback by ann: automatic deployments stay out',
    '  runs    shop.web.production.42',
    '  halted  paused by ann: an incident',
    '  1  shop.web.production.43  locked by ann',
    '  2  shop.web.production.44  behind shop.web.production.43',
    '',
  ]);
});

test('queue of a service that has been renamed says its present name [B4][F6]', async () => {
  const { stdout } = await showing(status({ calledNow: 'store/frontend' }));
  expect(stdout.split('\n')[0]).toBe('store/frontend production (kept as shop/web)');
});

test('queue says that an environment is no longer in landfall.yaml [B3][F6]', async () => {
  const { stdout } = await showing(status({ removedAt: AT }));
  expect(stdout).toContain(`removed  no longer in landfall.yaml since ${AT}`);
});

test('queue says that it is not known what is live, and which places may not run it [E9][F6]', async () => {
  const split = [{ place: 'host-b', why: 'the host was away' }];
  const { stdout } = await showing(status({ now: now({ recalling: 'The store has not answered.', split }) }));
  expect(stdout).toContain('not known  The store has not answered.');
  expect(stdout).toContain('host-b may not run what is live: the host was away');
});

test('queue says that what is live crashes in a loop [E8][F6]', async () => {
  const version = { deploymentId: 'shop.web.production.41', commit: 'c0ffee0', digest: 'd', builder: null, since: AT };
  const changes = { from: null, to: 'c0ffee0', rollback: false, compareUrl: null };
  const crashing = [{ place: 'alpha', since: AT, why: 'alpha: it has ended 4 times' }];
  const { stdout } = await showing(status({ live: { ...version, changes, crashing } }));
  expect(stdout).toContain(`crashes  since ${AT}: alpha: it has ended 4 times`);
});

test('queue tells an empty queue from one that nobody knows of [F5][F6]', async () => {
  expect(await showing(status({}))).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing waits') });
  await server.stop();
  const silent = await showing(status({ answered: false, now: null }));
  expect(silent).toMatchObject({ code: 1, stdout: expect.stringContaining('does not answer') });
});

test('destroy asks for the name, and does nothing where it cannot ask; --wait says what is left until it is gone [F2]', async () => {
  const left = [['production', 'staging'], ['production'], []];
  server = await startServer((app) => {
    app.get('/api/services', (c) => {
      const names = left.shift() ?? [];
      const environments = names.map((environment) => ({ ...serviceView().environments[0], environment }));
      return c.json(names.length === 0 ? [] : [{ ...serviceView(), environments }]);
    });
    app.get('/api/environments/shop/web/:environment', (c) => {
      const places = c.req.param('environment') === 'staging' ? [{ place: 'beta', why: 'away' }] : [];
      const status = { ...serviceView().environments[0], environment: c.req.param('environment'), answered: true };
      return c.json({ ...status, now: now({ destruction: { by: ann, at: AT, places } }) });
    });
    app.post('/api/services/shop/web/destroy', (c) => c.json({ environments: ['shop.web.production'] }, 202));
  });
  const refused = await landfall(['destroy', 'shop/web'], { env: server.env });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Add --confirm shop.web')]);
  const { code, stdout, stderr } = await landfall(['destroy', 'shop/web', '--confirm', 'shop.web', '--wait'], {
    env: server.env,
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stderr: 'still there: production, staging (waits for beta)\nstill there: production\n',
    stdout: 'shop.web is gone.\n',
  });
});
