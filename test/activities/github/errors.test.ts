import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { CancelledFailure } from '@temporalio/common';
import { createGitHubClient } from '../../../activities/github/client.ts';
import { createGitHubActivities } from '../../../activities/github/github.activities.ts';
import { type Answer, primaryRateLimit, secondaryRateLimit, serverError } from '../../../stand-ins/github/faults.ts';
import { PUBLIC_URL, asActivity, failureIn, startScene } from './scene.ts';

const { github, origin, commit, activities, app, broker, repository, callsOf } = await startScene();
const impatientClient = createGitHubClient({ apiUrl: github.url, broker, timeoutMs: 200 });
const impatient = createGitHubActivities({ client: impatientClient, app, publicUrl: PUBLIC_URL });
const MINT = 'apps/create-installation-access-token';
const CREATE = 'repos/create-deployment';

let number = 0;
function openDeployment(by = activities): Promise<string> {
  number += 1;
  return by.openDeployment({
    origin,
    deploymentId: `shop.web.staging.${number}`,
    commit,
    environment: 'staging',
    production: false,
    transient: false,
    description: '',
    mayExist: false,
  });
}
const open = () => asActivity(() => openDeployment());
const says = (status: number, message: string): Answer => ({ status, body: { message } });

describe('an answer that GitHub gives instead', () => {
  const answers: readonly [
    name: string,
    answer: Answer,
    expected: { type: string; nonRetryable: boolean; nextRetryDelay: number | undefined },
  ][] = [
    ['500', serverError(500), { type: 'GitHubUnavailable', nonRetryable: false, nextRetryDelay: undefined }],
    [
      '502 with a page',
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Unicorn</html>' },
      { type: 'GitHubUnavailable', nonRetryable: false, nextRetryDelay: undefined },
    ],
    [
      '503 that says when',
      { ...serverError(503), headers: { 'retry-after': '7' } },
      { type: 'GitHubUnavailable', nonRetryable: false, nextRetryDelay: 7_000 },
    ],
    [
      '429 that says when',
      secondaryRateLimit(30, 429),
      { type: 'GitHubRateLimited', nonRetryable: false, nextRetryDelay: 30_000 },
    ],
    [
      '429 that does not say when',
      says(429, 'Too many requests'),
      { type: 'GitHubRateLimited', nonRetryable: false, nextRetryDelay: 60_000 },
    ],
    [
      '403 that says when',
      secondaryRateLimit(17),
      { type: 'GitHubRateLimited', nonRetryable: false, nextRetryDelay: 17_000 },
    ],
    [
      '403 secondary limit',
      secondaryRateLimit(),
      { type: 'GitHubRateLimited', nonRetryable: false, nextRetryDelay: 60_000 },
    ],
    [
      '403',
      says(403, 'Resource not accessible by integration'),
      { type: 'GitHubForbidden', nonRetryable: true, nextRetryDelay: undefined },
    ],
    [
      '401',
      says(401, 'Bad credentials'),
      { type: 'GitHubCredentialsRefused', nonRetryable: true, nextRetryDelay: undefined },
    ],
    ['404', says(404, 'Not Found'), { type: 'GitHubNotFound', nonRetryable: true, nextRetryDelay: undefined }],
    ['409', says(409, 'Conflict'), { type: 'GitHubConflict', nonRetryable: true, nextRetryDelay: undefined }],
    ['422', says(422, 'Validation Failed'), { type: 'GitHubInvalid', nonRetryable: true, nextRetryDelay: undefined }],
    [
      '400',
      says(400, 'Problems parsing JSON'),
      { type: 'GitHubInvalid', nonRetryable: true, nextRetryDelay: undefined },
    ],
    ['410', says(410, 'Gone'), { type: 'GitHubNotFound', nonRetryable: true, nextRetryDelay: undefined }],
    ['451', says(451, 'Blocked'), { type: 'GitHubInvalid', nonRetryable: true, nextRetryDelay: undefined }],
  ];

  test.each(answers)('%s: what was called, what came back, what to do [A4]', async (name, answer, expected) => {
    github.fault({ operation: CREATE, answer, times: 2 });
    const refused = await failureIn(open());
    expect(refused).toMatchObject(expected);
    const status = name.slice(0, 3);
    expect(refused.message).toMatch(
      new RegExp(
        `^Creating the deployment in acme/web failed: POST /repos/acme/web/deployments was answered ${status}`,
      ),
    );
    expect(refused.message.split('. ').length).toBeGreaterThan(1);
    expect(refused.message).not.toContain('<html');
    github.clearFaults();
  });

  test('a used-up limit is waited for to the end, by the clock of GitHub [A4]', async () => {
    github.setClock(90_000);
    const second = 1_000;
    const gitHubsNow = Math.floor((Date.now() + 90_000) / second) * second;
    const date = new Date(gitHubsNow).toUTCString();
    const limit = primaryRateLimit(gitHubsNow + 1_234 * second);
    github.fault({ operation: CREATE, answer: { ...limit, headers: { ...limit.headers, date } } });
    expect(await failureIn(open())).toMatchObject({ type: 'GitHubRateLimited', nextRetryDelay: 1_234_000 });
  });

  test('a missing permission is named [A4]', async () => {
    const headers = { 'x-accepted-github-permissions': 'deployments=write' };
    github.fault({ operation: CREATE, answer: { ...says(403, 'Resource not accessible by integration'), headers } });
    expect((await failureIn(open())).message).toContain('Grant the App the permission deployments: write');
  });

  test('its details are shown, but no more than a few lines of them [A4]', async () => {
    const errors = [{ field: 'environment', code: 'invalid', message: 'x'.repeat(9_000) }];
    github.fault({ operation: CREATE, answer: { status: 422, body: { message: 'Validation Failed', errors } } });
    const { message } = await failureIn(open());
    expect(message).toContain('"field":"environment"');
    expect(message.length).toBeLessThan(800);
  });
});

describe('an answer that is not what GitHub documents', () => {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const answers: readonly [name: string, answer: Answer, type: string, says: RegExp][] = [
    ['not JSON', { status: 201, headers: json, body: '{"id": 1' }, 'GitHubUnavailable', /not JSON, or broke off/],
    [
      'a page',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      'GitHubUnavailable',
      /not JSON/,
    ],
    ['empty', { status: 201, headers: json, body: '' }, 'GitHubUnavailable', /not JSON/],
    ['without the id', { status: 201, headers: json, body: { ref: 'main' } }, 'GitHubInvalid', /as documented \(id: /],
    ['with an id of another kind', { status: 201, headers: json, body: { id: '1' } }, 'GitHubInvalid', /\(id: /],
    [
      'the merge that we refused',
      { status: 202, headers: json, body: { message: 'Auto-merged' } },
      'GitHubInvalid',
      /\(id: /,
    ],
  ];

  test.each(answers)('%s [A4]', async (_, answer, type, says) => {
    github.fault({ operation: CREATE, answer });
    const refused = await failureIn(open());
    expect(refused.type).toBe(type);
    expect(refused.message).toMatch(says);
  });
});

describe('no answer', () => {
  test('a connection that breaks is tried again [A4]', async () => {
    github.fault({ operation: CREATE, hangUp: true });
    const refused = await failureIn(open());
    expect(refused).toMatchObject({ type: 'GitHubUnavailable', nonRetryable: false });
    expect(refused.message).toContain('no connection');
  });

  test.each([CREATE, MINT])('%s is given up when it takes too long, and tried again [A4]', async (operation) => {
    await open();
    if (operation === MINT) broker.drop(repository.installationId);
    github.fault({ operation, delayMs: 1_000 });
    const refused = await failureIn(asActivity(() => openDeployment(impatient)));
    expect(refused).toMatchObject({ type: 'GitHubUnavailable', nonRetryable: false });
    expect(refused.message).toContain('no answer in time');
  });

  test('a cancel ends the call, and is no failure [A4][F2]', async () => {
    const environment = new MockActivityEnvironment();
    github.fault({ operation: CREATE, delayMs: 3_000 });
    const before = github.calls().length;
    const call = environment.run(() => openDeployment());
    while (github.calls().length === before) await setTimeout(10);
    environment.cancel();
    await expect(call).rejects.toBeInstanceOf(CancelledFailure);
  });
});

describe('credentials', () => {
  test('a revoked token is exchanged, once [A4]', async () => {
    await open();
    github.revokeTokens();
    const calls = await callsOf(open);
    expect(calls).toEqual([CREATE, MINT, CREATE]);
  });

  test('a token that is refused again and again is a final failure [A4]', async () => {
    await open();
    github.fault({ operation: CREATE, answer: says(401, 'Bad credentials'), times: 10 });
    const calls = await callsOf(async () => {
      expect(await failureIn(open())).toMatchObject({ type: 'GitHubCredentialsRefused', nonRetryable: true });
    });
    expect(calls).toEqual([CREATE, MINT, CREATE]);
  });

  test('are in no message, even when GitHub repeats them [A4][F3]', async () => {
    const signal = new AbortController().signal;
    const scope = { installationId: origin.installationId, repositoryId: origin.repositoryId };
    const token = (await broker.token({ ...scope, permissions: { deployments: 'write' } }, signal)).reveal();
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjQyfQ.c2lnbmF0dXJl';
    const message = `Bad token ${token}, authorization: token ${token}, ${jwt}, https://x-access-token:${token}@github.com`;
    github.fault({ operation: CREATE, answer: says(422, message) });
    const refused = await failureIn(open());
    expect(refused.message).toContain('Bad token');
    expect(refused.message).not.toContain(token);
    expect(refused.message).not.toContain(jwt);
  });
});
