/** A promotion over HTTP and from the page, with the real admission and workflows behind it. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ReleaseAccepted, ReleaseView } from '../../contracts/http/api.ts';
import { eventually } from '../support/eventually.ts';
import { LANDFALL_YAML, startCommandStage } from '../workflows/orders/command-stage.ts';

const FILE = LANDFALL_YAML.replace('approval: { from: { users: [lea] } }, ', '');
const { api, push, world } = await startCommandStage();

const serving = (environment: string) =>
  world.hosts.get('host-a')?.serving({ project: 'shop', service: 'web', environment });

const promote = (environment: string, body: object = {}) =>
  api.post(`/api/environments/shop/web/${environment}/promote`, body);

async function refusal(response: Response): Promise<unknown[]> {
  const { detail } = z.object({ detail: z.string() }).parse(await response.json());
  return [response.status, detail];
}

/** The release that was begun, once it has ended. */
async function ended(response: Response): Promise<ReleaseView> {
  expect(response.status).toBe(202);
  const [id = ''] = ReleaseAccepted.parse(await response.json()).released;
  return eventually('the release to end', async () => {
    const release = ReleaseView.parse(await (await api.ask(`/api/releases/${id}`)).json());
    return ['completed', 'failed', 'cancelled'].includes(release.state) ? release : undefined;
  });
}

/** True when the environment's page has the button. */
async function isOffered(environment: string): Promise<boolean> {
  const page = await api.ask(`/environments/shop/web/${environment}`, { headers: { accept: 'text/html' } });
  return (await page.text()).includes('<button>Promote …</button>');
}

describe('a promotion', () => {
  test('of nothing is 422, to nowhere 404, from nowhere 422: each says what there is [A6][F6]', async () => {
    await push({ 'landfall.yaml': FILE });
    expect(await refusal(await promote('production'))).toEqual([
      422,
      'Nothing is live in staging, which comes before production. Deploy there first.',
    ]);
    expect(await refusal(await promote('staging'))).toEqual([
      422,
      expect.stringContaining('Nothing comes before shop.web.staging, so nothing is promoted there: deploy to it.'),
    ]);
    expect(await refusal(await promote('moon'))).toEqual([
      404,
      'shop.web has no environment moon. It has: staging, production.',
    ]);
    expect([await isOffered('staging'), await isOffered('production')]).toEqual([false, false]);
  }, 300_000);

  test('is a release of the same image to the next environment, once per request id; then it is 409 [A6][A9][C4]', async () => {
    const staged = await ended(
      await api.post('/api/releases', { project: 'shop', service: 'web', environment: 'staging' }),
    );
    expect([await isOffered('staging'), await isOffered('production')]).toEqual([false, true]);

    const asked = { requestId: 'promotion-1' };
    const promoted = await ended(await promote('production', asked));
    expect(promoted).toMatchObject({
      ...{ state: 'completed', commit: staged.commit, actor: 'ada', build: null },
      deployments: [{ environment: 'production', state: 'live', digest: staged.deployments[0]?.digest }],
    });
    expect(serving('production')).toBe(serving('staging'));
    expect((await ended(await promote('production', asked))).id).toBe(promoted.id);

    expect(await refusal(await promote('production'))).toEqual([
      409,
      'Nothing was released: what is live in staging is live in production already',
    ]);
    expect(await isOffered('production')).toBe(false);
  }, 300_000);

  test('asked for on the page leads to the page of the release [A6][F6]', async () => {
    const commit = await push({ 'b.txt': 'b' });
    await ended(await api.post('/api/releases', { project: 'shop', service: 'web', environment: 'staging' }));
    const form = { method: 'POST', body: new URLSearchParams() };
    const response = await api.ask('/environments/shop/web/production/promote', form);
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      expect.stringMatching(/^\/releases\/shop\.web\.\d+$/),
    ]);
    const id = response.headers.get('location')?.split('/').at(-1) ?? '';
    const release = ReleaseView.parse(await (await api.ask(`/api/releases/${id}`)).json());
    expect(release.commit).toBe(commit);
    await eventually('it to land', () => serving('production') === serving('staging'));
  }, 300_000);
});
