import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PersonCommand } from '../../../contracts/github/command.ts';
import { VERBS } from '../../../contracts/github/verbs/verbs.ts';
import { readCommand } from '../../../contracts/github/read-command.ts';

const HOUR = 3_600_000;
const command = (text: string): PersonCommand => {
  const read = readCommand(text);
  if (read?.kind !== 'command') throw new Error(`${text} is no command: ${JSON.stringify(read)}`);
  return read.command;
};
const nothing = { service: null, environment: null };

describe('a command', () => {
  test.each<[string, PersonCommand]>([
    ['/deploy', { verb: 'deploy', ...nothing }],
    ['/deploy staging', { verb: 'deploy', service: null, environment: 'staging' }],
    ['/Deploy  staging\r\n\r\nplease', { verb: 'deploy', service: null, environment: 'staging' }],
    ['/deploy --service web staging', { verb: 'deploy', service: 'web', environment: 'staging' }],
    ['/deploy --service shop/web', { verb: 'deploy', service: 'shop/web', environment: null }],
    ['/plan staging --service=web', { verb: 'plan', service: 'web', environment: 'staging' }],
    ['/promote production', { verb: 'promote', service: null, environment: 'production' }],
    ['/rollback', { verb: 'rollback', ...nothing, to: null }],
    ['/rollback production', { verb: 'rollback', service: null, environment: 'production', to: null }],
    ['/rollback to 12', { verb: 'rollback', ...nothing, to: '12' }],
    [
      '/rollback production to shop.web.production.12 --service web',
      { verb: 'rollback', service: 'web', environment: 'production', to: 'shop.web.production.12' },
    ],
    ['/rollback --to 0a1b2c3', { verb: 'rollback', ...nothing, to: '0a1b2c3' }],
    ['/approve', { verb: 'approve', service: null, id: null, note: '' }],
    ['/approve looks good to me', { verb: 'approve', service: null, id: null, note: 'looks good to me' }],
    ['/approve --service web fine', { verb: 'approve', service: 'web', id: null, note: 'fine' }],
    [
      '/approve shop.web.production.12 fine',
      { verb: 'approve', service: null, id: 'shop.web.production.12', note: 'fine' },
    ],
    ['/reject not on a Friday', { verb: 'reject', service: null, id: null, note: 'not on a Friday' }],
    ['/cancel', { verb: 'cancel', service: null, id: null }],
    ['/cancel shop.web.42', { verb: 'cancel', service: null, id: 'shop.web.42' }],
    ['/retry --service web', { verb: 'retry', service: 'web', id: null }],
    [
      '/lock staging --for 2h --reason load test',
      { verb: 'lock', service: null, environment: 'staging', forMs: 2 * HOUR, reason: 'load test' },
    ],
    ['/lock --reason "load test" --for 30m', { verb: 'lock', ...nothing, forMs: HOUR / 2, reason: 'load test' }],
    ['/lock --reason=mine', { verb: 'lock', ...nothing, forMs: 24 * HOUR, reason: 'mine' }],
    ['/unlock staging', { verb: 'unlock', service: null, environment: 'staging', force: false }],
    ['/unlock --force', { verb: 'unlock', ...nothing, force: true }],
    ['/unlock --force=true', { verb: 'unlock', ...nothing, force: true }],
    ['/unlock --force=false', { verb: 'unlock', ...nothing, force: false }],
    ['/destroy shop.web.staging', { verb: 'destroy', service: 'shop/web', environment: 'staging' }],
    ['/destroy shop/web', { verb: 'destroy', service: 'shop/web', environment: null }],
    ['/status', { verb: 'status', ...nothing }],
    ['/queue production', { verb: 'queue', service: null, environment: 'production' }],
    ['/preview', { verb: 'preview', what: 'create', commit: null, forMs: 0 }],
    ['/preview 0A1B2C3.', { verb: 'preview', what: 'create', commit: '0a1b2c3', forMs: 0 }],
    ['/preview Extend 2h', { verb: 'preview', what: 'extend', commit: null, forMs: 2 * HOUR }],
    ['/preview `stop`', { verb: 'preview', what: 'stop', commit: null, forMs: 0 }],
    ['/preview status', { verb: 'preview', what: 'status', commit: null, forMs: 0 }],
    ['/preview logs', { verb: 'preview', what: 'logs', commit: null, forMs: 0 }],
    ['/help me', { verb: 'help' }],
  ])('%j is read as it is meant [A7][F2]', (text, meant) => {
    expect(command(text)).toEqual(meant);
  });

  test.each([
    '',
    'please /deploy',
    ' /deploy',
    '\n/deploy',
    '> /deploy',
    '`/deploy`',
    '```\n/deploy\n```',
    '    /deploy',
    'thanks\n/deploy production',
    '/usr/bin/env is missing',
    '/ deploy',
    '//deploy',
    '/deploy/production',
    '/1',
  ])('is only what stands at the very start: %j says nothing to us [B1]', (text) => {
    expect(readCommand(text)).toBeNull();
  });

  test.each(['/lgtm', '/previews', '/previewed stop', '/deploys', '/toString', '/constructor'])(
    'that there is not is unknown: %s [A7]',
    (text) => {
      expect(readCommand(text)).toMatchObject({ kind: 'unknown' });
    },
  );

  test.each([
    ['/deploys', 'deploy'],
    ['/dploy', 'deploy'],
    ['/aprove', 'approve'],
    ['/statsu', 'status'],
    ['/look production', 'lock'],
    ['/lgtm', undefined],
    ['/unlocked', undefined],
    ['/p', undefined],
  ] as const)(
    'that is one typing error away from a verb is taken for a question: %s may mean %s [A7]',
    (text, near) => {
      expect(readCommand(text)).toEqual({ kind: 'unknown', ...(near && { near }) });
    },
  );

  test.each([
    ['/deploy staging production', 'deploy', 'one environment'],
    ['/deploy --ref main', 'deploy', 'does not know that option'],
    ['/deploy -f', 'deploy', 'does not know that option'],
    ['/deploy $(reboot)', 'deploy', 'no environment has such a name'],
    ['/deploy ../../etc', 'deploy', 'no environment has such a name'],
    ['/deploy --service', 'deploy', '--service is given without a value'],
    ['/deploy --service --service', 'deploy', '--service is given without a value'],
    ['/deploy --service a --service b', 'deploy', '--service is given twice'],
    ['/deploy --service Web', 'deploy', 'no service has such a name'],
    ['/deploy --service a/b/c', 'deploy', 'no service has such a name'],
    ['/deploy --service a/', 'deploy', 'no service has such a name'],
    ['/rollback to', 'rollback', 'to which one deployment'],
    ['/rollback to 1 2', 'rollback', 'to which one deployment'],
    ['/rollback to main', 'rollback', "a deployment's id or number"],
    ['/reject', 'reject', 'say why'],
    [`/reject ${'x'.repeat(501)}`, 'reject', 'longer than 500'],
    ['/cancel that', 'cancel', 'no release'],
    ['/retry shop.web.1 shop.web.2', 'retry', 'one id'],
    ['/lock staging', 'lock', '--reason'],
    ['/lock --reason', 'lock', '--reason is given without a value'],
    ['/lock --for 31d --reason x', 'lock', 'from 1s to 30d'],
    ['/lock --for soon --reason x', 'lock', 'from 1s to 30d'],
    [`/status ${'x'.repeat(1_001)}`, 'status', 'longer than 1000'],
  ])('that is not as it has to be says how, case %# [A7]', (text, verb, problem) => {
    expect(readCommand(text)).toEqual({ kind: 'mistake', verb, problem: expect.stringContaining(problem) });
  });
});

describe('whatever somebody writes', () => {
  const verbs = fc.constantFrom(...Object.keys(VERBS), 'nothing');
  const words = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom('--service', '--for', '--reason', '--force', '--to', 'to', 'web', '2h', '\n'),
    ),
    { maxLength: 8 },
  );

  test('is read or refused, and a mistake repeats nothing of it [A7]', () => {
    fc.assert(
      fc.property(verbs, words, (verb, rest) => {
        const secret = 'hunter2-<b>';
        const read = readCommand(`/${verb} ${[...rest, secret].join(' ')}`);
        if (read?.kind === 'mistake') expect(read.problem).not.toContain('hunter2');
        expect(['command', 'mistake', 'unknown', undefined]).toContain(read?.kind);
      }),
      { numRuns: 500 },
    );
  });

  test('below the first line changes nothing [B1]', () => {
    fc.assert(
      fc.property(verbs, words, fc.string(), (verb, rest, below) => {
        const line = `/${verb} ${rest.join(' ').replaceAll(/[\r\n]/g, ' ')}`;
        expect(readCommand(`${line}\n${below}`)).toEqual(readCommand(line));
      }),
    );
  });

  test('names that a command carries are names of ours [A7]', () => {
    fc.assert(
      fc.property(fc.constantFrom('deploy', 'plan', 'promote', 'status'), fc.string(), (verb, word) => {
        const read = readCommand(`/${verb} ${word}`);
        if (read?.kind !== 'command' || !('environment' in read.command)) return;
        const { environment } = read.command;
        if (environment !== null) expect(environment).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
      }),
    );
  });
});
