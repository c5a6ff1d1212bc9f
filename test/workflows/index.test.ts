/** The workflows that the bundle serves, and those that events name. */
import { expect, test } from '@jest/globals';
import { EVENTS } from '../../contracts/inbox/events/events.ts';
import type { InboxEvent, WorkflowNames } from '../../contracts/inbox/inbox-event.ts';
import * as served from '../../workflows/index.ts';

type Served = typeof served;
type Unserved = {
  readonly [K in InboxEvent['kind']]: WorkflowNames[K] extends keyof Served
    ? Extract<InboxEvent, { readonly kind: K }> extends Parameters<Served[WorkflowNames[K]]>[0]
      ? never
      : K
    : K;
}[InboxEvent['kind']];
/** Does not compile, and names the kind, when its workflow is missing in workflows/index.ts or takes something else. */
const allServed: [Unserved] extends [never] ? true : Unserved = true;

test('each event of GitHub leads to workflows that are served [B1]', () => {
  expect(allServed).toBe(true);
  const named = EVENTS.flatMap(({ work }) =>
    Object.values<{ readonly workflow: string }>(work).map(({ workflow }) => workflow),
  );
  expect(Object.keys(served)).toEqual(expect.arrayContaining([...new Set(named)]));
});
