/** The verbs of comments, in the order in which help lists them. A new one is its file and a line here. */
import { approve } from './approve.ts';
import { cancel } from './cancel.ts';
import { deploy } from './deploy.ts';
import { destroy } from './destroy.ts';
import { help } from './help.ts';
import { lock } from './lock.ts';
import { plan } from './plan.ts';
import { preview } from './preview.ts';
import { promote } from './promote.ts';
import { queue } from './queue.ts';
import { reject } from './reject.ts';
import { retry } from './retry.ts';
import { rollback } from './rollback.ts';
import { status } from './status.ts';
import { unlock } from './unlock.ts';

export const VERBS = {
  deploy,
  plan,
  preview,
  promote,
  rollback,
  approve,
  reject,
  cancel,
  retry,
  lock,
  unlock,
  destroy,
  status,
  queue,
  help,
} as const;
