import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  protectedRunIn,
  protectedRunOf,
  protectionGateId,
  protectionWorkflowId,
} from '../../../contracts/github/protection.ts';
import { selectorOf } from '../../../contracts/github/selector.ts';

const run = (environment: string) => ({ repositoryId: '7', runId: '456', environment });

test.each([
  ['production', 'github.actions.7.456.production'],
  ['Production', 'github.actions.7.456.production'],
  ['Production EU', 'github.actions.7.456.production_20eu'],
  ['live/eu', 'github.actions.7.456.live_2feu'],
  ['a.b_c', 'github.actions.7.456.a_2eb_5fc'],
])("a job's environment %j is named %s, in any letter case [A7]", (environment, id) => {
  expect(protectionGateId(run(environment))).toBe(id);
  expect(protectedRunOf(id)).toEqual(run(environment.toLowerCase()));
  expect(selectorOf(`**\`${id}\`**,`)).toEqual({ kind: 'job', id });
});

test('whatever GitHub takes for a name leads from id to workflow and back [A7]', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (environment) => {
      const id = protectionGateId(run(environment));
      expect(id).toMatch(/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9-])?$/);
      const found = protectedRunOf(id);
      expect(found && protectionWorkflowId(found)).toBe(protectionWorkflowId(run(environment)));
      expect(protectedRunIn(protectionWorkflowId(run(environment)))).toEqual(found);
    }),
  );
});

test.each([
  'github.actions.7.456.',
  'github.actions.7.456.a_2',
  'github.actions.7.456.a_zz',
  'github.actions.7.456.a_61',
])('%s names no job [A7]', (id) => {
  expect(protectedRunOf(id)).toBeUndefined();
});
