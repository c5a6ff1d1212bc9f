/** The paths whose histories are kept: how each is brought about on the simulation, and which workflows it leaves. */
import { DEPLOYMENT_SCENARIOS } from './deployment-scenarios.ts';
import { EVENT_SCENARIOS } from './event-scenarios.ts';
import { GATE_SCENARIOS } from './gate-scenarios.ts';
import type { Scenario } from './journey.ts';
import { ORDER_SCENARIOS } from './order-scenarios.ts';
import { PREVIEW_SCENARIOS } from './preview-scenarios.ts';
import { QUEUE_SCENARIOS } from './queue-scenarios.ts';
import { RELEASE_SCENARIOS } from './release-scenarios.ts';

export const SCENARIOS: readonly Scenario[] = [
  // First: what it pushes is given the first number.
  ...RELEASE_SCENARIOS,
  ...DEPLOYMENT_SCENARIOS,
  ...QUEUE_SCENARIOS,
  ...GATE_SCENARIOS,
  ...EVENT_SCENARIOS,
  ...ORDER_SCENARIOS,
  ...PREVIEW_SCENARIOS,
];
