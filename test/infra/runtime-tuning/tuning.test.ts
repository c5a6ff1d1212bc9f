/** The one switch of infra/runtime-tuning/. That Landfall works with it off is shown by test/e2e/untuned.test.ts. */
import { expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { preloads, runtimeTuning, testTuning } from '../../../infra/runtime-tuning/tuning.mjs';
import { createContext } from '../../../cli/context.ts';
import { runCommandLine } from '../../../cli/program.ts';
import { tempDir } from '../../support/tmp.ts';

const OFF = { LANDFALL_RUNTIME_TUNING: 'off' };

test('off turns all of it off: no argument of Node is left, and no variable [F5]', () => {
  expect(runtimeTuning(OFF, '/compiled')).toEqual({ args: [], env: {} });
  expect([preloads(OFF), testTuning(OFF)]).toEqual([[], []]);
});

test('on is the default, and what is preloaded is part of it [F5]', () => {
  for (const env of [{}, { LANDFALL_RUNTIME_TUNING: '' }, { LANDFALL_RUNTIME_TUNING: 'on' }]) {
    expect(runtimeTuning(env, '/compiled').env).toMatchObject({ NODE_COMPILE_CACHE: '/compiled' });
    expect(runtimeTuning(env).args).toEqual(expect.arrayContaining([...preloads(env)]));
    expect(preloads(env)).toHaveLength(2);
  }
});

test('anything else is refused with what to use, before anything is started [F5]', async () => {
  const stderr = new PassThrough();
  const context = createContext({
    ...{ stdin: new PassThrough(), stdout: new PassThrough(), stderr, cwd: tempDir(), home: tempDir() },
    env: { LANDFALL_RUNTIME_TUNING: 'false' },
    signal: new AbortController().signal,
  });
  expect(await runCommandLine(['worker', '--host', 'web-1'], context)).toBe(1);
  expect(String(stderr.read())).toContain('LANDFALL_RUNTIME_TUNING is "false": use on or off');
});
