import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createTokenBroker } from '../../../activities/github/token-broker.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { failureIn, startScene } from './scene.ts';

const { github, credentials, repository, callsOf } = await startScene();
const MINT = 'apps/create-installation-access-token';
const MINUTE = 60_000;
const signal = new AbortController().signal;
const scope = {
  installationId: repository.installationId,
  repositoryId: repository.id,
  permissions: { contents: 'read' },
} as const;

/** A broker whose clock the test sets. */
function createBroker() {
  const clock = { offsetMs: 0 };
  return { clock, broker: createTokenBroker(credentials, () => Date.now() + clock.offsetMs) };
}

/** Uses a token, because only use shows its rights. */
async function get(token: Secret, path: string, method = 'GET'): Promise<number> {
  const headers = { authorization: `token ${token.reveal()}` };
  const answer = await fetch(`${github.url}${path}`, { method, headers });
  return answer.status;
}

describe('a token', () => {
  test('is minted with a JWT that GitHub accepts, for one repository and the permissions asked for [A1]', async () => {
    const other = await github.addRepository({ owner: 'acme', name: 'other' });
    const token = await createBroker().broker.token(scope, signal);

    expect(await get(token, '/repos/acme/web/contents/landfall.yaml')).toBe(200);
    expect(await get(token, '/repos/acme/web/deployments')).toBe(403);
    expect(await get(token, '/repos/acme/other/contents/landfall.yaml')).toBe(404);
    expect(other.installationId).toBe(repository.installationId);
  });

  test('is kept and shared: asking again costs no call [A1]', async () => {
    const { broker } = createBroker();
    const calls = await callsOf(async () => {
      const first = await broker.token(scope, signal);
      const second = await broker.token({ ...scope, permissions: { ...scope.permissions } }, signal);
      expect(second.reveal()).toBe(first.reveal());
    });
    expect(calls).toEqual([MINT]);
  });

  test('is another one for other permissions or another repository [A1]', async () => {
    const other = await github.addRepository({ owner: 'acme', name: 'third' });
    const { broker } = createBroker();
    const tokens = await Promise.all([
      broker.token(scope, signal),
      broker.token({ ...scope, permissions: { deployments: 'write' } }, signal),
      broker.token({ ...scope, repositoryId: other.id }, signal),
    ]);
    expect(new Set(tokens.map((token) => token.reveal())).size).toBe(3);
  });

  test('is asked for once when many want it at the same time [A1]', async () => {
    const { broker } = createBroker();
    github.fault({ operation: MINT, delayMs: 100 });
    const calls = await callsOf(() => Promise.all(Array.from({ length: 20 }, () => broker.token(scope, signal))));
    expect(calls).toEqual([MINT]);
  });

  test('is renewed five minutes before it expires, not earlier [A1]', async () => {
    const { broker, clock } = createBroker();
    const first = await broker.token(scope, signal);
    clock.offsetMs = 54 * MINUTE;
    expect((await broker.token(scope, signal)).reveal()).toBe(first.reveal());
    clock.offsetMs = 56 * MINUTE;
    github.setClock(56 * MINUTE);
    expect((await broker.token(scope, signal)).reveal()).not.toBe(first.reveal());
  });

  test('is forgotten when its installation changes, also while it is being minted [A1]', async () => {
    const { broker } = createBroker();
    github.fault({ operation: MINT, delayMs: 50 });
    const early = broker.token(scope, signal);
    broker.drop(scope.installationId);
    const late = broker.token(scope, signal);
    expect((await late).reveal()).not.toBe((await early).reveal());
    expect((await broker.token(scope, signal)).reveal()).toBe((await late).reveal());
    broker.drop(scope.installationId);
    expect((await broker.token(scope, signal)).reveal()).not.toBe((await late).reveal());
  });

  test('does not cost the others their answer when one caller gives up [A1]', async () => {
    const { broker } = createBroker();
    github.fault({ operation: MINT, delayMs: 100 });
    const impatient = new AbortController();
    const given = broker.token(scope, impatient.signal);
    const kept = broker.token(scope, signal);
    const reason = new Error('cancelled');
    impatient.abort(reason);
    await expect(given).rejects.toBe(reason);
    expect((await kept).reveal()).toMatch(/^ghs_/);
  });

  test('is not kept when it could not be had [A1][A4]', async () => {
    const { broker } = createBroker();
    github.fault({ operation: MINT, answer: serverError() });
    expect(await failureIn(broker.token(scope, signal))).toMatchObject({ type: 'GitHubUnavailable' });
    expect((await broker.token(scope, signal)).reveal()).toMatch(/^ghs_/);
  });

  test.each([-40, -3, 3, 40])(
    'is had although the clocks differ by %i minutes, and renewed in time [A1]',
    async (minutes) => {
      github.setClock(minutes * MINUTE);
      const { broker, clock } = createBroker();
      const first = await broker.token(scope, signal);
      clock.offsetMs = 50 * MINUTE;
      expect((await broker.token(scope, signal)).reveal()).toBe(first.reveal());
      clock.offsetMs = 56 * MINUTE;
      github.setClock((minutes + 56) * MINUTE);
      const calls = await callsOf(() => broker.token(scope, signal));
      // The skew is known by now: nothing is refused any more.
      expect(calls).toEqual([MINT]);
    },
  );
});

describe('a token that is refused', () => {
  const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  });

  test.each([
    ['the key is of another App', { privateKey: new Secret(otherKey.toString()) }],
    ['the App id is wrong', { appId: 7 }],
  ])('says so when %s [A1][A4]', async (_, wrong) => {
    const broker = createTokenBroker({ ...credentials, ...wrong });
    const refused = await failureIn(broker.token(scope, signal));
    expect(refused).toMatchObject({ type: 'GitHubCredentialsRefused', nonRetryable: true });
    expect(refused.message).toMatch(
      /^Getting a token of App \d+ for installation \d+ failed: POST .* was answered 40[14]/,
    );
    expect(refused.message).toMatch(/App id and the private key belong together/);
    expect(refused.message).not.toMatch(/eyJ|PRIVATE/);
  });

  test('says which permission is missing [A1][A4]', async () => {
    const { broker } = createBroker();
    github.setPermissions(scope.installationId, { contents: 'read', metadata: 'read' });
    try {
      const refused = await failureIn(broker.token({ ...scope, permissions: { checks: 'write' } }, signal));
      expect(refused).toMatchObject({ type: 'GitHubInvalid', nonRetryable: true });
      expect(refused.message).toContain('Grant the App checks: write');
    } finally {
      github.setPermissions(scope.installationId, {
        checks: 'write',
        contents: 'read',
        deployments: 'write',
        metadata: 'read',
      });
    }
  });

  test('says that the App is not installed [A1][A4]', async () => {
    const { broker } = createBroker();
    const refused = await failureIn(broker.token({ ...scope, installationId: '1' }, signal));
    expect(refused).toMatchObject({ type: 'GitHubNotFound', nonRetryable: true });
    expect(refused.message).toContain('install it again');
  });
});
