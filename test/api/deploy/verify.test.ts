import { beforeAll, describe, expect, test } from '@jest/globals';
import { createApp } from '../../../api/app.ts';
import { Problem } from '../../../contracts/http/api.ts';
import { declareService } from '../../../store/queries/services.ts';
import { NO_TEMPORAL, startApi, type Api } from '../harness.ts';
import { seedService } from '../seed.ts';
import { asked, now, type Asking } from './asking.ts';

const COMMIT = 'a'.repeat(40);
const BODY = { image_sha: COMMIT, service: 'web', environment: 'production' };
const NONCE = 'run-4711-1';

let api: Api;
beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
});

async function ask(asking: Asking, app = api.app) {
  const response = await app.request('/deploy', asked(asking), {});
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const { status, type, detail } = Problem.parse(await response.json());
  expect(response.status).toBe(status);
  return { status, type: type.split(':').at(-1), detail };
}

/** Temporal is away, so what is let in ends there. */
const LET_IN = { status: 503, type: 'TemporalUnavailable' };

describe('who may ask for a deployment', () => {
  test('whoever signs exactly the body with one of the secrets [C1]', async () => {
    expect(await ask({ body: BODY })).toMatchObject(LET_IN);
    expect(await ask({ body: BODY, secret: 'another-deploy-secret' })).toMatchObject(LET_IN);
    const spaced = { ...asked({ body: BODY }), body: `${JSON.stringify(BODY)} ` };
    expect((await api.app.request('/deploy', spaced, {})).status).toBe(401);
  });

  test.each([
    ['no length', 411, { headers: { 'content-length': null } }],
    ['more than anybody needs', 413, { headers: { 'content-length': '65537' } }],
    ['a form', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['no signature', 401, { headers: { 'x-hub-signature-256': null } }],
    ['a signature that is none', 401, { headers: { 'x-hub-signature-256': 'sha256=x' } }],
    ['a wrong signature', 401, { secret: 'guessed' }],
    ['a wrong signature over no JSON', 401, { secret: 'guessed', body: '{' }],
    ['the webhook’s secret', 401, { secret: 'the-new-secret' }],
    ['no JSON', 400, { body: '{' }],
    ['a list', 422, { body: '[]' }],
    ['no image_sha', 422, { body: { service: 'web' } }],
    ['a short commit id', 422, { body: { image_sha: 'abc1234' } }],
    ['a tag for an image_sha', 422, { body: { image_sha: 'latest' } }],
    ['a field that nobody knows', 422, { body: { ...BODY, enviroment: 'production' } }],
    ['a tag that climbs', 422, { body: { ...BODY, tag: '../x' } }],
    ['two different commits', 422, { body: { ...BODY, commit: 'b'.repeat(40) } }],
    ['the project twice', 422, { body: { ...BODY, project: 'shop', service: 'shop/web' } }],
    ['a nonce without a timestamp', 422, { body: { ...BODY, nonce: NONCE } }],
    ['an option for a service', 422, { body: { ...BODY, service: '--help' } }],
    ['an unknown service', 404, { body: { ...BODY, service: 'nobody' } }],
    ['an unknown project', 404, { body: { ...BODY, service: 'moon/web' } }],
  ] as const)('%s: %i as problem+json with something to do [C1]', async (_name, status, change) => {
    const answer = await ask({ body: BODY, ...change });
    expect(answer.status).toBe(status);
    expect(answer.detail).toMatch(/.{20}/);
  });

  test('credentials that open everything else open nothing here [C1]', async () => {
    const { headers, ...request } = asked({ body: BODY, secret: 'guessed' });
    expect((await api.ask('/deploy', { ...request, headers })).status).toBe(401);
  });

  test('a secret is in no answer [C1]', async () => {
    expect(JSON.stringify(await ask({ body: BODY, secret: 'guessed-secret' }))).not.toMatch(
      /guessed-secret|a-deploy-sec/,
    );
  });

  test('without any secret the route is off, and says what to set [C1]', async () => {
    const off = createApp({ ...api.deps, deploySecrets: [] });
    const answer = await ask({ body: BODY }, off);
    expect(answer).toMatchObject({ status: 404, detail: expect.stringContaining('LANDFALL_DEPLOY_SECRETS_FILE') });
  });
});

describe('against replay', () => {
  const fresh = { timestamp: now(), nonce: NONCE };

  test('timestamp and nonce are signed in front of the body, or inside it [C1]', async () => {
    expect(await ask({ body: BODY, fresh })).toMatchObject(LET_IN);
    expect(await ask({ body: { ...BODY, ...fresh } })).toMatchObject(LET_IN);
  });

  test.each([
    ['another timestamp', { 'x-landfall-timestamp': String(now() + 1) }],
    ['another nonce', { 'x-landfall-nonce': 'run-4711-2' }],
    ['neither', { 'x-landfall-timestamp': null, 'x-landfall-nonce': null }],
  ])('with %s than was signed it is 401 [C1]', async (_name, headers) => {
    expect(await ask({ body: BODY, fresh, headers })).toMatchObject({ status: 401, type: 'WrongSignature' });
  });

  test.each([
    ['only a timestamp', { 'x-landfall-nonce': null }],
    ['only a nonce', { 'x-landfall-timestamp': null }],
    ['a nonce that is too short', { 'x-landfall-nonce': 'short' }],
    ['a time that is none', { 'x-landfall-timestamp': 'noon' }],
  ])('%s is 400 [C1]', async (_name, headers) => {
    expect(await ask({ body: BODY, fresh, headers })).toMatchObject({ status: 400 });
  });

  test('without them a signature counts only where plain ones are let in [C1]', async () => {
    const strict = createApp({ ...api.deps, deployPlain: false });
    const answer = await ask({ body: BODY }, strict);
    expect(answer).toMatchObject({ status: 401, type: 'Replayable' });
    expect(answer.detail).toContain('LANDFALL_DEPLOY_PLAIN=true');
    expect(await ask({ body: BODY, fresh }, strict)).toMatchObject(LET_IN);
  });
});

describe('which service is meant', () => {
  test('may be left out while there is one, and is asked for when there are more [C1]', async () => {
    const { image_sha: image } = BODY;
    expect(await ask({ body: { image_sha: image } })).toMatchObject(LET_IN);
    await declareService(api.store.db, {
      project: 'blog',
      service: 'web',
      cloneUrl: 'https://git.test/blog.git',
      branch: 'main',
    });
    for (const body of [{ image_sha: image }, BODY]) {
      expect(await ask({ body })).toMatchObject({
        status: 422,
        detail: 'Say which service: it could be blog/web, shop/web.',
      });
    }
    for (const body of [
      { ...BODY, project: 'shop' },
      { ...BODY, service: 'shop/web' },
    ]) {
      expect(await ask({ body })).toMatchObject(LET_IN);
    }
  });

  test('with the store away it is 503 with Retry-After [C1]', async () => {
    await api.store.close();
    const response = await api.app.request('/deploy', asked({ body: BODY }), {});
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });
});
