/** The part of landfall.yaml's environments that protects them: queue, freeze windows, approval, failures. */
import { z } from 'zod';
import { APPROVER_PERMISSIONS, type ApprovalSettings, type Approvers } from './approval-settings.ts';
import { QUEUE_MODES } from './queue-mode.ts';
import { DAYS, type FreezeWindow } from './freeze.ts';
import type { EnvironmentSettings } from './service.ts';
import { duration, milliseconds } from './yaml-fields.ts';

const Clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'use HH:MM in UTC, from 00:00 to 24:00');
const Reason = z.string().max(200).default('');

/** With its offset from UTC, so that it is one moment everywhere, daylight saving or not. */
const moment = (example: string) =>
  z
    .string()
    .refine(
      (text) => [TO_THE_SECOND, TO_THE_MINUTE].some((form) => form.safeParse(text).success),
      `use a moment with its offset from UTC, such as ${example}`,
    );
const TO_THE_SECOND = z.iso.datetime({ offset: true });
const TO_THE_MINUTE = z.iso.datetime({ offset: true, precision: -1 });

const Once = z
  .strictObject({
    from: moment('2026-12-24T00:00:00Z'),
    to: moment('2026-12-27T18:00:00+01:00'),
    reason: Reason,
    /** Tells it from the weekly form. */
    days: z.never().optional(),
  })
  // A moment that is none has a problem of its own already.
  .refine(({ from, to }) => !(Date.parse(from) >= Date.parse(to)), {
    path: ['to'],
    message: 'it ends before it begins',
  });
const Weekly = z.strictObject({
  days: z.array(z.enum(DAYS)).min(1).describe('The days on which it begins.'),
  from: Clock,
  to: Clock.describe('At or before "from": on the next day.'),
  reason: Reason,
});

const ApproverList = z
  .strictObject({
    users: z
      .array(
        z
          .string()
          .regex(/^(?:token:)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98})(?:\[bot\])?$/, 'use a GitHub login, or token:NAME'),
      )
      .max(50)
      .default([])
      .describe('GitHub logins, and access tokens as token:NAME.'),
    teams: z
      .array(z.string().regex(/^[A-Za-z0-9-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/, 'use ORGANISATION/TEAM'))
      .max(10)
      .default([]),
    permission: z.enum(APPROVER_PERMISSIONS).optional().describe('Everybody with this permission on the repository.'),
  })
  .refine(({ users, teams, permission }) => users.length + teams.length > 0 || permission, 'no person could approve');

const Approval = z
  .strictObject({
    from: ApproverList.prefault({ permission: 'write' }),
    count: z.int().min(1).max(10).default(1).describe('The number of different people.'),
    selfReview: z.boolean().default(false).describe('The person who caused the release counts, too.'),
    remind: duration('1m', '7d').optional(),
    escalate: z.strictObject({ after: duration('1m', '7d'), to: ApproverList }).optional(),
    expire: duration('1m', '14d').default('24h'),
  })
  .refine(({ remind, expire }) => !remind || milliseconds(remind) < milliseconds(expire), {
    path: ['remind'],
    message: 'it comes after "expire"',
  })
  .refine(({ escalate, expire }) => !escalate || milliseconds(escalate.after) < milliseconds(expire), {
    path: ['escalate', 'after'],
    message: 'it comes after "expire"',
  });

export const protectionFields = {
  githubNames: z
    .array(z.string().regex(/^[^\p{Cc}]{1,255}$/u, "use the environment's name as GitHub shows it"))
    .max(20)
    .default([])
    .describe(
      'The name of this environment on GitHub Actions, beside its own: for custom deployment protection rules. Letter case does not count.',
    ),
  queue: z
    .enum(QUEUE_MODES)
    .default('fifo')
    .describe('supersede: the newest takes the place of those that wait. reject: nothing waits.'),
  freeze: z
    .array(z.union([Weekly, Once]))
    .max(50)
    .default([])
    .describe('Times without deployments, in UTC.'),
  approval: Approval.optional().describe('A person has to approve first.'),
  onFailure: z
    .strictObject({ wait: duration('1m', '12h') })
    .optional()
    .describe('The time that a failed step waits for a person to retry, skip or abort it. Default: not at all.'),
  issues: z.boolean().optional().describe('A failure opens an issue on GitHub. Default: as "production" says.'),
} as const;

interface Protection extends z.infer<z.ZodObject<typeof protectionFields>> {
  readonly production: boolean;
}

/** The form that deployments carry: settings at their usual value are left out. */
export function protectionSettings({
  queue,
  freeze,
  approval,
  onFailure,
  issues,
  production,
}: Protection): Pick<EnvironmentSettings, 'queue' | 'freeze' | 'approval' | 'onFailure' | 'issues'> {
  return {
    ...(queue !== 'fifo' && { queue }),
    ...(freeze.length > 0 && { freeze: freeze.map(freezeWindow) }),
    ...(approval && { approval: approvalSettings(approval) }),
    ...(onFailure && { onFailure: { waitMs: milliseconds(onFailure.wait) } }),
    ...((issues ?? production) && { issues: true }),
  };
}

/** The form that deployments carry: moments in milliseconds, times of day in minutes. */
export function freezeWindow(window: Protection['freeze'][number]): FreezeWindow {
  const { reason } = window;
  if (window.days !== undefined) {
    return { kind: 'weekly', days: window.days, from: minutes(window.from), to: minutes(window.to), reason };
  }
  return { kind: 'once', from: Date.parse(window.from), to: Date.parse(window.to), reason };
}

function minutes(clock: string): number {
  const [hours = 0, rest = 0] = clock.split(':').map(Number);
  return hours * 60 + rest;
}

function approvalSettings(approval: NonNullable<Protection['approval']>): ApprovalSettings {
  const { from, count, selfReview, remind, escalate, expire } = approval;
  return {
    from: approvers(from),
    count,
    selfReview,
    remindAfterMs: remind ? milliseconds(remind) : null,
    escalateAfterMs: escalate ? milliseconds(escalate.after) : null,
    escalateTo: escalate ? approvers(escalate.to) : null,
    expireAfterMs: milliseconds(expire),
  };
}

const approvers = ({ users, teams, permission }: z.infer<typeof ApproverList>): Approvers => ({
  users,
  teams,
  permission: permission ?? null,
});
