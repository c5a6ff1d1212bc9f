import { expect, test } from '@jest/globals';
import { createProveActivities } from '../../../activities/targets/prove.activities.ts';
import type { Observation } from '../../../contracts/deployment/target.ts';
import { deploymentRequest, targetRequest } from '../../support/simulation/fixtures.ts';

const key = { project: 'shop', service: 'web', environment: 'production' };
const asked = deploymentRequest({ key, sequence: 2, hosts: ['host-a'] });
const request = targetRequest(asked, 2);
const { digest } = asked;

function seen(deploymentId: string): Observation {
  const replica = { name: 'one', deploymentId, generation: 1, digest, running: true, serving: true };
  return { place: 'host-a', replicas: [replica], healthy: true, reason: '' };
}

test.each([
  ['shop.web.production.2', undefined],
  ['shop.web.production.1', 'host-a: one of shop.web.production.1 serves, and not shop.web.production.2.'],
])('the same image of %s is what was deployed, or another version with other variables: %s [D6]', async (id, why) => {
  const { prove } = createProveActivities({ observe: async () => seen(id), remains: async () => [] });
  const expected = { digest, deploymentId: 'shop.web.production.2' };
  const proven = prove({ request, expected }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  expect(await proven).toBe(why);
  // The deployment's id may be missing from the expectation: then the image alone counts.
  await prove({ request, expected: { digest } });
});
