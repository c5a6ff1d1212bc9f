import type { Bench } from './bench.ts';
import { deployRequest } from './deploy-request.ts';
import { deployment } from './deployment.ts';
import { gates } from './gates.ts';
import { idle } from './idle.ts';
import { inbox } from './inbox.ts';
import { many } from './many.ts';
import { memory } from './memory.ts';
import { proxy } from './proxy.ts';
import { rollback } from './rollback.ts';
import { switching } from './switch.ts';
import { tax } from './tax.ts';
import { twoHosts } from './two-hosts.ts';
import { webhook } from './webhook.ts';

/** All of them, in the order in which they are taken. */
export const BENCHES: readonly Bench[] = [
  tax,
  twoHosts,
  deployRequest,
  switching,
  proxy,
  rollback,
  deployment,
  gates,
  many,
  webhook,
  inbox,
  memory,
  idle,
];
