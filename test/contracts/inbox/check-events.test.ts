/** Reads clicks on check runs and GitHub's requests for jobs. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readEvent } from '../../../contracts/inbox/read-event.ts';
import { examples } from '../../api/webhooks/examples.ts';

const APP = { id: 25811, apiUrl: 'https://api.github.com' };
const Payload = z.looseObject({
  action: z.string(),
  check_run: z.looseObject({ id: z.number(), app: z.looseObject({ id: z.number() }) }),
});
const Suite = z.looseObject({
  action: z.string(),
  check_suite: z.looseObject({ app: z.looseObject({ id: z.number() }) }),
});
const real = (examples.find(({ name }) => name === 'check_run')?.examples ?? []).map((one) => Payload.parse(one));
const realClick = real.find(({ action }) => action === 'requested_action');
const realRerun = real.find(({ action }) => action === 'rerequested');

/** GitHub's own example, as if its check run were one of ours. */
function click(externalId: string, identifier: string, more: object = {}) {
  const payload = { ...realClick, check_run: { ...realClick?.check_run, external_id: externalId } };
  return { ...payload, requested_action: { identifier }, ...more };
}
const read = (payload: unknown, app = APP) => readEvent('check_run', 'guid-1', payload, app);

describe('a click on a check run', () => {
  test('of ours is an order that names everything by id [B1][A7]', () => {
    expect(read(click('deployment/shop.web.production.42', 'approve'))).toEqual({
      kind: 'handover',
      handover: {
        kind: 'check',
        requestKey: 'github/guid-1',
        orderId: 'guid-1',
        repositoryId: '9384267',
        repository: 'electron/electron',
        installationId: '690857',
        checkRunId: '1494503112',
        subject: { kind: 'deployment', id: 'shop.web.production.42' },
        wanted: 'approve',
        commit: '5bd5f196a46b8222fb7484f05faba41a73cf34bd',
        actor: { kind: 'github', name: 'codebytere' },
      },
    });
  });

  test.each([
    ['gate/github.actions.7.456.production', 'reject', { kind: 'gate', id: 'github.actions.7.456.production' }],
    ['deployment/shop.web.production.42', 'roll-back', { kind: 'deployment', id: 'shop.web.production.42' }],
    ['shop.web.42', 'approve', { kind: 'build', id: 'shop.web.42' }],
  ])('with the external id %s is about what it names [B1]', (externalId, button, subject) => {
    expect(read(click(externalId, button))).toMatchObject({ handover: { subject, wanted: button } });
  });

  test('"Re-run" is one as well [B1]', () => {
    const payload = { ...realRerun, check_run: { ...realRerun?.check_run, external_id: 'shop.web.42' } };
    expect(read(payload, { ...APP, id: realRerun?.check_run.app.id ?? 0 })).toMatchObject({
      handover: { kind: 'check', wanted: 'again', subject: { kind: 'build', id: 'shop.web.42' } },
    });
  });

  test.each(['landfall.commit.', 'refused.'])('"Re-run" on the check of a commit, %s, is one too [B1]', (prefix) => {
    const id = 'a'.repeat(40);
    const payload = { ...realRerun, check_run: { ...realRerun?.check_run, external_id: `${prefix}${id}` } };
    expect(read(payload, { ...APP, id: realRerun?.check_run.app.id ?? 0 })).toMatchObject({
      handover: { kind: 'check', wanted: 'again', subject: { kind: 'commit', id } },
    });
  });

  test.each([
    ['of another App', click('shop.web.42', 'approve'), { ...APP, id: 1 }, /another App/],
    ['while we are no App', click('shop.web.42', 'approve'), { id: 0, apiUrl: '' }, /another App/],
    ['of no App', { ...click('', 'x'), check_run: { ...realClick?.check_run, app: null } }, APP, /another App/],
    ['with no external id', click('', 'approve'), APP, /nothing that Landfall knows/],
    ['on a commit that was refused', click(`refused.${'a'.repeat(40)}`, 'approve'), APP, /nothing that Landfall knows/],
    ['about a path', click('deployment/../../x', 'approve'), APP, /nothing that Landfall knows/],
    ['about two things', click('deployment/gate/shop.web.1', 'approve'), APP, /nothing that Landfall knows/],
    ['on a button that there is not', click('shop.web.42', 'delete'), APP, /no such button/],
    ['on no button', click('shop.web.42', '', { requested_action: undefined }), APP, /no such button/],
    ['without an installation', click('shop.web.42', 'approve', { installation: undefined }), APP, /no installation/],
    ['that has been made', { ...realClick, action: 'created' }, APP, /is created/],
  ])('%s is ignored, with the reason [B1]', (_name, payload, app, reason) => {
    expect(read(payload, app)).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(reason) });
  });

  test('without a check run, or on no commit, is refused, saying where [B1]', () => {
    expect(read({ ...realClick, check_run: undefined })).toMatchObject({
      problem: expect.stringContaining('check_run'),
    });
    const bad = { ...realClick, check_run: { ...realClick?.check_run, head_sha: '--help' } };
    expect(read(bad)).toMatchObject({ kind: 'invalid', problem: expect.stringContaining('head_sha') });
  });

  test('is understood in every real example [B1]', () => {
    expect(real.length).toBeGreaterThan(5);
    expect(real.map((payload) => read(payload).kind)).toEqual(real.map(() => 'ignored'));
  });
});

describe('"Re-run all checks"', () => {
  const suites = (examples.find(({ name }) => name === 'check_suite')?.examples ?? []).map((one) => Suite.parse(one));
  const realRerunOfAll = suites.find(({ action }) => action === 'rerequested');
  const app = { ...APP, id: realRerunOfAll?.check_suite.app.id ?? 0 };
  const asked = (more: object = {}, suite: object = {}) =>
    readEvent(
      'check_suite',
      'guid-3',
      { ...realRerunOfAll, ...more, check_suite: { ...realRerunOfAll?.check_suite, ...suite } },
      app,
    );

  test('is an order about the suite, of which GitHub is asked what is in it [B1]', () => {
    expect(asked()).toEqual({
      kind: 'handover',
      handover: {
        kind: 'check-suite',
        requestKey: 'github/guid-3',
        orderId: 'guid-3',
        repositoryId: '186853002',
        repository: 'Codertocat/Hello-World',
        installationId: '957387',
        checkSuiteId: '118578147',
        commit: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
        actor: { kind: 'github', name: 'octocoders-linter[bot]' },
      },
    });
  });

  test.each([
    ['of another App', asked({}, { app: { id: 1 } }), /another App/],
    ['of no App', asked({}, { app: null }), /another App/],
    ['without an installation', asked({ installation: undefined }), /no installation/],
    ['that begins with a push', asked({ action: 'requested' }), /is requested/],
  ])('%s is ignored, with the reason [B1]', (_name, reading, reason) => {
    expect(reading).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(reason) });
  });

  test('on no commit is refused, saying where; every real example is understood [B1]', () => {
    expect(asked({}, { head_sha: '--help' })).toMatchObject({ problem: expect.stringContaining('head_sha') });
    expect(suites.length).toBeGreaterThan(5);
    for (const payload of suites) expect(readEvent('check_suite', 'guid-3', payload).kind).toBe('ignored');
  });
});

describe('a deployment protection rule', () => {
  const usual = {
    action: 'requested',
    environment: 'production',
    event: 'push',
    deployment_callback_url: 'https://api.github.com/repos/acme/shop/actions/runs/456/deployment_protection_rule',
    deployment: { id: 1, sha: 'a'.repeat(40), ref: 'main' },
    pull_requests: [],
    repository: { id: 17, full_name: 'acme/shop' },
    installation: { id: 99 },
    sender: { login: 'ada' },
  };
  const asked = (more: object = {}, app = APP) =>
    readEvent('deployment_protection_rule', 'guid-2', { ...usual, ...more }, app);

  test('is a question about the run that its callback names [B1][A7]', () => {
    expect(asked()).toEqual({
      kind: 'handover',
      handover: {
        kind: 'protection',
        requestKey: 'github/guid-2',
        repositoryId: '17',
        repository: 'acme/shop',
        installationId: '99',
        runId: '456',
        environment: 'production',
        commit: 'a'.repeat(40),
        ref: 'main',
        event: 'push',
        actor: { kind: 'github', name: 'ada' },
      },
    });
  });

  test('of an enterprise server has its callback below its own API [B1]', () => {
    const url = 'https://git.example/api/v3/repos/acme/shop/actions/runs/7/deployment_protection_rule';
    const app = { ...APP, apiUrl: 'https://git.example/api/v3' };
    expect(asked({ deployment_callback_url: url }, app)).toMatchObject({ handover: { runId: '7' } });
    expect(asked({ deployment_callback_url: url })).toMatchObject({ kind: 'ignored' });
  });

  test.each([
    ['another host', 'https://evil.example/repos/acme/shop/actions/runs/456/deployment_protection_rule'],
    [
      'a host that begins like it',
      'https://api.github.com.evil.example/repos/acme/shop/actions/runs/456/deployment_protection_rule',
    ],
    [
      'a name before the host',
      'https://api.github.com@evil.example/repos/acme/shop/actions/runs/456/deployment_protection_rule',
    ],
    ['no encryption', 'http://api.github.com/repos/acme/shop/actions/runs/456/deployment_protection_rule'],
    ['another repository', 'https://api.github.com/repos/acme/other/actions/runs/456/deployment_protection_rule'],
    ['a path that climbs', 'https://api.github.com/repos/acme/shop/actions/runs/../456/deployment_protection_rule'],
    ['a query', 'https://api.github.com/repos/acme/shop/actions/runs/456/deployment_protection_rule?x=1'],
    ['no run', 'https://api.github.com/repos/acme/shop/actions/runs/deployment_protection_rule'],
    ['run 0', 'https://api.github.com/repos/acme/shop/actions/runs/0/deployment_protection_rule'],
    ['no address', 'nonsense'],
  ])('whose callback has %s is ignored [B1]', (_name, url) => {
    expect(asked({ deployment_callback_url: url })).toMatchObject({
      kind: 'ignored',
      reason: expect.stringMatching(/no run/),
    });
  });

  test.each([
    ['no commit', { deployment: { sha: 'main', ref: 'main' } }, 'deployment.sha'],
    ['no environment', { environment: '' }, 'environment'],
    ['a line break in the environment', { environment: 'a\nb' }, 'environment'],
    ['no callback', { deployment_callback_url: undefined }, 'deployment_callback_url'],
  ])('with %s is refused, saying where [B1]', (_name, more, where) => {
    expect(asked(more)).toEqual({ kind: 'invalid', problem: expect.stringContaining(where) });
  });

  test('that is no request, or names no installation, is ignored [B1]', () => {
    expect(asked({ action: 'removed' })).toMatchObject({ reason: expect.stringContaining('is removed') });
    expect(asked({ installation: undefined })).toMatchObject({ reason: expect.stringContaining('no installation') });
  });
});
