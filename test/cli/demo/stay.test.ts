import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { TYPED } from '../../../cli/access.ts';
import { createContext } from '../../../cli/context.ts';
import { stay } from '../../../cli/demo/stay.ts';
import { Secret } from '../../../contracts/core/secret.ts';

function standing(lost: Promise<never> = new Promise(() => undefined)) {
  const ending = new AbortController();
  const output = () => Object.assign(new PassThrough(), { isTTY: false });
  const stderr = output();
  const common = { stdin: new PassThrough(), stdout: output(), stderr, env: {}, cwd: '/', home: '/' };
  const context = createContext({ ...common, signal: ending.signal });
  const access = {
    ...{ url: 'http://127.0.0.1:7001', token: new Secret('landfall_secret') },
    ...{ from: TYPED, wanted: 'landfall demo' },
  };
  const urls = { temporalUi: 'http://127.0.0.1:7002', serviceUrl: 'http://127.0.0.1:7003' };
  const stage = { access, ...urls, tokensFile: '/run/tokens', repository: { dir: '/run/clone' }, landfall: { lost } };
  const staying = stay(context, stage);
  return { staying, end: () => ending.abort('SIGINT'), said: () => String(stderr.read()) };
}

test('the demo without --once stays up until a signal, and prints where Landfall, Temporal and the service are [F5]', async () => {
  const { staying, end, said } = standing();
  const printed = said();
  for (const port of [7001, 7002, 7003]) expect(printed).toContain(`http://127.0.0.1:${String(port)}`);
  expect(printed).toContain('Everything stays up until Ctrl-C.');
  expect(printed).not.toContain('landfall_secret');
  expect(await Promise.race([staying.then(() => 'over'), Promise.resolve('up')])).toBe('up');
  end();
  await staying;
});

test('a Landfall that does not come up again ends the demo with the reason [F5]', async () => {
  const { staying } = standing(Promise.reject(new Error('it died twelve times')));
  await expect(staying).rejects.toThrow('it died twelve times');
});
