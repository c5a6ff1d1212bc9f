import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startServer } from '../../../api/server.ts';
import { DeployProblem } from '../../../contracts/http/deploy.ts';
import { appendLog } from '../../../api/logs/append.ts';
import { logFile } from '../../../api/logs/file.ts';
import { listReleases } from '../../../store/queries/release-views.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { asked, now } from './asking.ts';
import { commitOf, readAnswer, startDeployStage } from './stage.ts';

const execute = promisify(execFile);

type Stage = Awaited<ReturnType<typeof startDeployStage>>;
let stage: Stage;
beforeAll(async () => {
  stage = await startDeployStage();
}, 300_000);

const releasesOf = async (content: string) =>
  (await listReleases(stage.store.db, { limit: 200 })).filter(({ commit }) => commit === commitOf(content));
const effects = () => stage.world.hosts.get('host-a')?.effects.length;

/** Holds an activity up until it is let go. */
function hold(activity: string) {
  const { promise: reached, resolve: reach } = Promise.withResolvers<undefined>();
  const { promise: letGo, resolve } = Promise.withResolvers<undefined>();
  const undo = stage.world.faults.add({
    activity,
    act: async () => {
      reach(undefined);
      await letGo;
    },
  });
  const release = () => {
    undo();
    resolve(undefined);
  };
  held.push(release);
  return { reached, release };
}

/** Requests that a failed test still holds; they would hold up all tests after it. */
const held: (() => void)[] = [];
afterEach(() => {
  for (const release of held.splice(0)) release();
});

describe('the answer', () => {
  test('is 200 once it is live, with what runs, where, and the end of its log [C1][C4]', async () => {
    const switching = hold('switchTo');
    const answering = stage.deploy({ body: stage.body('lands') });
    await switching.reached;
    const [{ deployments } = { deployments: [] }] = await releasesOf('lands');
    const id = deployments[0]?.id ?? 'shop.web.production.1';
    const lines = Array.from({ length: 60 }, (_, n) => ({
      at: n,
      source: 'deploy' as const,
      text: `\u001b[1mline ${n}`,
    }));
    await appendLog(logFile(stage.api.deps.logDir, { kind: 'deployment', id }), lines);
    switching.release();

    expect(await answering).toMatchObject({
      status: 200,
      state: 'live',
      release: 'shop.web.1',
      deployment: 'shop.web.production.1',
      environment: 'production',
      commit: commitOf('lands'),
      digest: digestOf('lands'),
      failure: null,
      urls: ['http://host-a:20080'],
      page: 'http://127.0.0.1/deployments/shop.web.production.1',
      log: lines.slice(-50).map(({ at }) => `deploy: line ${at}`),
    });
    expect(stage.running()).toBe(digestOf('lands'));
  });

  test('is 502 after a health check that failed, and by then the one before it runs again [C4]', async () => {
    const host = stage.world.hosts.get('host-a');
    host?.makeUnhealthy(digestOf('sick'), 1);
    const response = await stage.send({ body: stage.body('sick') });
    expect(stage.running()).toBe(digestOf('lands'));
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    // Longer than curl retries: asking again changes nothing.
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(3_600);
    const answer = await readAnswer(response);
    expect(answer).toMatchObject({ status: 502, state: 'rolled_back', failure: { type: 'Unhealthy' } });
    expect(DeployProblem.parse(answer).detail).toMatch(/503.*What ran before is running again\.$/s);
  });

  test.each(['ImageNotFound', 'RegistryRefused', 'RegistryUnavailable', 'DigestMismatch', 'DiskFull'] as const)(
    'is 4xx when the image cannot be pulled (%s), and nothing was touched [C2]',
    async (type) => {
      const undo = stage.world.faults.add({ activity: 'prepare', act: fails(type, 'Pulling failed.') });
      const before = effects();
      const answer = await stage.deploy({ body: stage.body(`unpulled ${type}`) });
      undo();
      expect(answer).toMatchObject({ state: 'failed', failure: { type } });
      expect(Math.floor(answer.status / 100)).toBe(4);
      expect(effects()).toBe(before);
      expect(stage.running()).toBe(digestOf('lands'));
    },
    60_000,
  );

  test('is 404 for an image that nobody pushed, waiting or not; pushed and asked again, it lands [C1][C2]', async () => {
    const body = stage.body('late');
    stage.missing.add(commitOf('late'));
    expect((await stage.deploy({ body })).status).toBe(404);
    const impatient = await stage.deploy({ body: { ...body, wait: false } });
    expect(impatient).toMatchObject({ status: 404, detail: expect.stringContaining('has no image') });
    stage.missing.clear();
    expect((await stage.deploy({ body })).status).toBe(200);
    expect(await releasesOf('late')).toHaveLength(1);
  });

  test('is 500 when what ran before does not run again, and says where to look [C4]', async () => {
    const host = stage.world.hosts.get('host-a');
    host?.makeUnhealthy(digestOf('broken'), 1);
    host?.restoreWrongly(digestOf('nobody knows'));
    const answer = await stage.deploy({ body: stage.body('broken') });
    expect(answer).toMatchObject({ status: 500, state: 'rollback_failed', failure: { type: 'RollbackFailed' } });
    expect((await stage.deploy({ body: stage.body('mended') })).status).toBe(200);
  }, 300_000);

  test('is 409 when somebody cancels it, and the one before it runs [C4]', async () => {
    const preparing = hold('prepare');
    const answering = stage.deploy({ body: stage.body('cancelled') });
    await preparing.reached;
    const [release] = await releasesOf('cancelled');
    await stage.api.post(`/api/releases/${release?.id ?? ''}/cancel`, {});
    preparing.release();
    expect(await answering).toMatchObject({ status: 409, state: 'cancelled' });
    expect(stage.running()).toBe(digestOf('mended'));
  });

  test('names the CI system as the one who did it [A8]', async () => {
    await stage.deploy({ body: stage.body('audited'), secret: 'another-deploy-secret' });
    const [release] = await releasesOf('audited');
    const audit: unknown = await (await stage.api.ask(`/api/audit?subject=${release?.id ?? ''}`)).json();
    expect(audit).toContainEqual(expect.objectContaining({ actor: 'ci:jenkins', action: 'release.requested' }));
  });
});

describe('not waiting', () => {
  test.each([
    ['wait: false', { wait: false }, {}],
    ['Prefer: respond-async', {}, { prefer: 'respond-async' }],
  ])('%s: 202 with a status address, which says the same as waiting would have [C4]', async (name, more, headers) => {
    const preparing = hold('prepare');
    const body = stage.body(`async ${name}`, more);
    const response = await stage.send({ body, headers });
    const location = response.headers.get('location') ?? '';
    const accepted = await readAnswer(response);
    expect(accepted).toMatchObject({ status: 202, statusUrl: location, commit: body.image_sha });
    expect(accepted.release).toMatch(/^shop\.web\.\d+$/);

    const status = async (prefer?: string) => {
      const { pathname } = new URL(location);
      return readAnswer(await stage.api.app.request(pathname, { headers: { ...(prefer && { prefer }) } }, {}));
    };
    expect((await status()).status).toBe(202);
    preparing.release();
    expect(await status('wait=30')).toMatchObject({ status: 200, state: 'live', commit: body.image_sha });
  });

  test('a status address that we did not make says nothing [C4]', async () => {
    const { statusUrl = '' } = await stage.deploy({ body: stage.body('audited'), secret: 'another-deploy-secret' });
    const { pathname } = new URL(statusUrl);
    const [, id = '', end = '', proof = ''] = /^\/deploy\/([^.]+)\.([^.]+)\.(.+)$/.exec(pathname) ?? [];
    expect((await stage.api.app.request(pathname, {}, {})).status).toBe(200);
    const other = Buffer.from('deploy/actions/guessed-nonce').toString('base64url');
    const longer = (Number.parseInt(end, 36) + 86_400).toString(36);
    for (const token of [
      ...[`${other}.${end}.${proof}`, `${id}.${longer}.${proof}`, `${id}.${end}.${proof.slice(0, -2)}`],
      ...[id, `${id}.`, `${id}.${end}`, `${id}.${end}.`, `${id}.${end}.${proof}.x`, `${id}=.${end}.${proof}`, 'x'],
    ]) {
      expect((await stage.api.app.request(`/deploy/${token}`, {}, {})).status).toBe(404);
    }
  });

  test('who waits only so long is told "not yet" by a status that is no success, and goes on waiting by asking again [C4]', async () => {
    const preparing = hold('prepare');
    const body = stage.body('slow');
    await stage.send({ body, headers: { prefer: 'respond-async' } });
    await preparing.reached;
    const early = await stage.send({ body, headers: { prefer: 'wait=1' } });
    expect([early.status, early.headers.get('retry-after')]).toEqual([504, '1']);
    const problem = await readAnswer(early);
    expect(problem).toMatchObject({ type: 'urn:landfall:problem:NotEndedYet', commit: commitOf('slow') });
    preparing.release();
    expect((await stage.deploy({ body })).status).toBe(200);
    expect(await releasesOf('slow')).toHaveLength(1);
  });
});

describe('the same request', () => {
  test('ten times at once is one deployment, and each is told its end [C4]', async () => {
    const body = stage.body('ten');
    const answers = await Promise.all(Array.from({ length: 10 }, () => stage.deploy({ body })));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(new Set(answers.map(({ deployment }) => deployment)).size).toBe(1);
    expect(await releasesOf('ten')).toHaveLength(1);
  });

  test('soon after its end gets the same answer, whether it landed or not [C4]', async () => {
    expect((await stage.deploy({ body: stage.body('ten') })).status).toBe(200);
    expect(await releasesOf('ten')).toHaveLength(1);
    stage.world.hosts.get('host-a')?.makeUnhealthy(digestOf('retried'), 1);
    const body = stage.body('retried');
    expect((await stage.deploy({ body })).status).toBe(502);
    expect((await stage.deploy({ body })).status).toBe(502);
    expect(await releasesOf('retried')).toHaveLength(1);
  });

  test('after something else went live deploys again [C4]', async () => {
    await stage.deploy({ body: stage.body('newer') });
    // The environment tells the store beside the path.
    await eventually('the store to know what is live', async () => {
      const services = await (await stage.api.ask('/api/services')).text();
      return services.includes(commitOf('newer'));
    });
    const answer = await stage.deploy({ body: stage.body('ten') });
    expect(answer).toMatchObject({ status: 200, commit: commitOf('ten') });
    expect(await releasesOf('ten')).toHaveLength(2);
    expect(stage.running()).toBe(digestOf('ten'));
  });

  test('from another sender is another request [C4]', async () => {
    await stage.deploy({ body: stage.body('ten'), secret: 'another-deploy-secret' });
    expect(await releasesOf('ten')).toHaveLength(3);
  });

  test('with its nonce joins for ever, even when its timestamp has grown old meanwhile [C4]', async () => {
    const old = { timestamp: now(), nonce: 'nonce-joins' };
    const body = stage.body('nonce');
    expect((await stage.deploy({ body, fresh: old })).status).toBe(200);
    expect((await stage.deploy({ body, fresh: { ...old, timestamp: now() - 3_600 } })).status).toBe(200);
    expect(await releasesOf('nonce')).toHaveLength(1);
    const anew = await stage.deploy({ body, fresh: { ...old, nonce: 'nonce-anew' } });
    expect(anew.status).toBe(200);
    expect(await releasesOf('nonce')).toHaveLength(2);
  });

  test('a nonce with another body is 409, one after the other or at once [C1]', async () => {
    const fresh = { timestamp: now(), nonce: 'nonce-reused' };
    expect((await stage.deploy({ body: stage.body('first'), fresh })).status).toBe(200);
    expect((await stage.deploy({ body: stage.body('second'), fresh })).status).toBe(409);

    const race = { timestamp: now(), nonce: 'nonce-raced' };
    const bodies = ['third', 'fourth', 'fifth'].map((content) => stage.body(content));
    const answers = await Promise.all(bodies.map((body) => stage.deploy({ body, fresh: race })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  });

  test.each([-6, -4, 4, 6])('signed %i minutes from now: only five are let in [C1]', async (minutes) => {
    const fresh = { timestamp: now() + minutes * 60, nonce: `nonce-minutes${minutes}` };
    const answer = await stage.deploy({ body: stage.body(`minutes ${minutes}`), fresh });
    expect(answer.status).toBe(Math.abs(minutes) > 5 ? 401 : 200);
  });
});

describe('over a real connection', () => {
  async function serve() {
    const server = await startServer({ app: stage.api.app, hostname: '127.0.0.1', port: 0 });
    onCleanup(() => server.close());
    return server;
  }
  const ask = (url: string, content: string, headers: Record<string, string> = {}, signal?: AbortSignal) => {
    const request = asked({ body: stage.body(content), headers: { 'content-length': null, ...headers } });
    return fetch(`${url}/deploy`, { ...request, ...(signal && { signal }) });
  };

  test('progress is streamed as it is made, and ends with the answer [C4]', async () => {
    const { url } = await serve();
    const response = await ask(url, 'streamed', { accept: 'text/event-stream' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const blocks = (await response.text()).split('\n\n').filter((block) => block !== '');
    expect(blocks).toContain('event: state\ndata: {"state":"live"}');
    const end = blocks.at(-1) ?? '';
    expect(end).toMatch(/^event: end\ndata: /);
    expect(JSON.parse(end.slice('event: end\ndata: '.length))).toMatchObject({
      status: 200,
      state: 'live',
      commit: commitOf('streamed'),
    });
  }, 300_000);

  test('a streamed request that is wrong is refused as any other; one that fails says so at its end [C4]', async () => {
    const { url } = await serve();
    stage.missing.add(commitOf('unstreamed'));
    const refused = await ask(url, 'unstreamed', { accept: 'text/event-stream' });
    stage.missing.clear();
    expect([refused.status, refused.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    await refused.body?.cancel();
    stage.world.hosts.get('host-a')?.makeUnhealthy(digestOf('stream sick'), 1);
    const text = await (await ask(url, 'stream sick', { accept: 'text/event-stream' })).text();
    expect(text).toMatch(/event: end\ndata: \{.*"status":502.*\}\n\n$/);
  }, 300_000);

  test('Prefer: wait, bounded or not, streams nothing: what it sends first is the status that counts [C4]', async () => {
    const { url } = await serve();
    for (const prefer of ['wait', 'wait=600']) {
      const preparing = hold('prepare');
      stage.world.hosts.get('host-a')?.makeUnhealthy(digestOf(`preferred ${prefer}`), 1);
      let begun = false;
      const answering = ask(url, `preferred ${prefer}`, { prefer }).finally(() => (begun = true));
      await preparing.reached;
      expect(begun).toBe(false);
      preparing.release();
      const response = await answering;
      expect([response.status, response.headers.get('content-type')]).toEqual([502, 'application/problem+json']);
      expect(await response.json()).toMatchObject({ state: 'rolled_back' });
    }
  }, 300_000);

  test('watched, then asked again with curl -f: progress, and an exit code that tells [C4]', async () => {
    const { url } = await serve();
    stage.world.hosts.get('host-a')?.makeUnhealthy(digestOf('watched sick'), 1);
    const codes = { watched: 0, 'watched sick': 22 };
    for (const [content, code] of Object.entries(codes)) {
      const watched = await (await ask(url, content, { accept: 'text/event-stream' })).text();
      expect(watched).toMatch(/event: state\n[^]*event: end\n/);
      const { body, headers } = asked({ body: stage.body(content), headers: { 'content-length': null } });
      const lines = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
      const curl = ['-f', '--silent', '--output', '/dev/null', ...lines, '--data-binary', body, `${url}/deploy`];
      const exit = await execute('curl', curl).then(
        () => 0,
        (error: unknown) => (error as { readonly code?: unknown }).code,
      );
      expect([content, exit]).toEqual([content, code]);
      expect(await releasesOf(content)).toHaveLength(1);
    }
  }, 300_000);

  test('dropping it changes nothing: it lands, once, and who asks again is told so [C4]', async () => {
    const { url } = await serve();
    const preparing = hold('prepare');
    const connection = new AbortController();
    const dropped = ask(url, 'dropped', {}, connection.signal).catch((error: unknown) => error);
    await preparing.reached;
    connection.abort();
    await dropped;
    preparing.release();
    expect((await ask(url, 'dropped')).status).toBe(200);
    expect(await releasesOf('dropped')).toHaveLength(1);
    expect(stage.running()).toBe(digestOf('dropped'));
  });

  test('a server that closes says that the deployment goes on, and does not keep anybody waiting [C4]', async () => {
    const server = await serve();
    const preparing = hold('prepare');
    const waiting = ask(server.url, 'restarted');
    await preparing.reached;
    await server.close();
    const response = await waiting;
    expect([response.status, await response.json()]).toMatchObject([503, { type: 'urn:landfall:problem:Closing' }]);
    preparing.release();
    expect((await stage.deploy({ body: stage.body('restarted') })).status).toBe(200);
    expect(await releasesOf('restarted')).toHaveLength(1);
  });
});
