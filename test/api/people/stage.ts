/** An API with the real workflows behind it, and the service that people decide about. */
import { expect } from '@jest/globals';
import type { z } from 'zod';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { startWorld } from '../../workflows/world.ts';
import { NO_TEMPORAL, startApi } from '../harness.ts';
import { seedService } from '../seed.ts';

export const PRODUCTION = '/api/environments/shop/web/production';
export const STAGING = '/api/environments/shop/web/staging';

export async function startPeople() {
  const world = await startWorld({ hosts: ['host-a'], builders: ['builder'] });
  const api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalGateway(world.client) });
  await seedService(api.store);
  return { world, api };
}

export async function answer<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const body: unknown = await response.json();
  expect([response.status, body]).toEqual([200, expect.anything()]);
  return schema.parse(body);
}
