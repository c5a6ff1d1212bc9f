/** `paths` of a service: pushes that change nothing of it deploy nothing, and say so. */
import { expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { releases as rows } from '../../../store/schema.ts';
import { CI, startDeliveryScene } from './scene.ts';

const FILE = `
version: 1
project: shop
services:
  web: { paths: [web, libs, '!**/*.md'] }
  api: {}
environments:
  dev: { target: { podman: { hosts: [one], publish: { web: 20080, api: 20081 } } } }
  staging: { ci: ${CI}, target: { podman: { hosts: [one], publish: { web: 30080 } } } }
`;

const { callsOf, catalogue, db, ended, land, plan, push, request, work } = await startDeliveryScene();
await land({ 'landfall.yaml': FILE, 'web/a.ts': '1' });

type Admitted = Awaited<ReturnType<typeof push>>;
/** `service → environments` of what is released. */
const shown = ({ releases }: Admitted): string[] =>
  releases.map(({ key, environments }) => `${key.service} → ${environments.map(({ name }) => name).join(' ')}`).sort();

test('a service that was never released is, whatever has changed [E1]', async () => {
  expect(shown(await push('main'))).toEqual(['api → dev', 'web → dev']);
});

test('a push that changes none of its paths leaves it out, visibly; a service without paths goes on [E1]', async () => {
  const [before] = (await catalogue.admitted('push-1')).filter(({ key }) => key.service === 'web');
  const commit = await land({ 'docs/a.txt': '1', 'web/README.md': '1' });
  const admitted = await push('main');
  expect(shown(admitted)).toEqual(['api → dev']);
  const detail = `web: nothing in its paths has changed since ${before?.commit.slice(0, 7)}`;
  expect(admitted.skipped).toEqual([detail]);
  expect(admitted.decisions.filter(({ shouldDeploy }) => !shouldDeploy)).toEqual([
    expect.objectContaining({
      project: 'shop',
      service: 'web',
      environment: 'dev',
      commit,
      reason: 'paths_untouched',
      detail,
    }),
    expect.objectContaining({ service: 'web', environment: 'staging', reason: 'waits_for_ci' }),
  ]);
});

test('what was left out is not forgotten: the next push counts from the last release [E1]', async () => {
  await land({ 'web/a.ts': '2' });
  // The delivery of that one is lost.
  await land({ 'docs/a.txt': '2' });
  expect(shown(await push('main'))).toEqual(['api → dev', 'web → dev']);
});

test('each environment counts from what it was given itself [E1]', async () => {
  const commit = await land({ 'docs/a.txt': '3' });
  expect(shown(await push('main'))).toEqual(['api → dev']);
  expect(shown(await ended(commit))).toEqual(['web → staging']);
  const later = await land({ 'docs/a.txt': '4' });
  const { releases, decisions } = await ended(later);
  expect(releases).toEqual([]);
  expect(decisions).toContainEqual(expect.objectContaining({ environment: 'staging', reason: 'paths_untouched' }));
});

test('a release that failed or was cancelled does not count [E1]', async () => {
  for (const state of ['failed', 'cancelled'] as const) {
    await land({ 'web/a.ts': state });
    const [, web] = (await push('main')).releases;
    await db
      .update(rows)
      .set({ state })
      .where(eq(rows.id, web?.releaseId ?? ''));
    await land({ 'docs/a.txt': state });
    expect(shown(await push('main'))).toEqual(['api → dev', 'web → dev']);
  }
});

test('a file that was moved out of the paths counts, and so does landfall.yaml [E1]', async () => {
  await work.git('mv', 'web/a.ts', 'docs/a.ts');
  await land({});
  expect(shown(await push('main'))).toContain('web → dev');
  await land({ 'landfall.yaml': `${FILE}\n# a note\n` });
  expect(shown(await push('main'))).toContain('web → dev');
});

test('rewritten history, and more files than GitHub lists, deploy [E1]', async () => {
  await work.git('reset', '--quiet', '--hard', 'HEAD~2');
  await land({ 'docs/a.txt': 'rewritten' });
  expect(shown(await push('main'))).toContain('web → dev');
  await land(Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`docs/many/${at}.txt`, 'x'])));
  expect(shown(await push('main'))).toContain('web → dev');
});

test('whoever asks for it gets it [E1]', async () => {
  const commit = await land({ 'docs/a.txt': 'asked' });
  await push('main');
  expect((await request({ environment: 'dev' })).releases).toMatchObject([{ commit, key: { service: 'web' } }]);
  expect((await plan({ environment: 'dev' })).releases).toMatchObject([{ commit }]);
});

test('two services of one look, compared with the same commit, cost one call [A4]', async () => {
  await land({ 'landfall.yaml': FILE.replace('api: {}', 'api: { paths: [api] }') });
  await push('main');
  await land({ 'docs/a.txt': 'counted' });
  const calls = await callsOf(async () => expect(shown(await push('main'))).toEqual([]));
  expect(calls.filter((name) => name === 'repos/compare-commits-with-basehead')).toHaveLength(1);
});
