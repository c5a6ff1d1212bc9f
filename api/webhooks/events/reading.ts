/**
 * Reads GitHub's events. Schemas are narrow and loose: they name the fields that we read and ignore the rest, because
 * GitHub's own payloads do not keep to GitHub's own full schemas.
 */
import { gitHubId } from '../../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import type { IgnoreReason } from '../../../contracts/admission/decision.ts';
import type { InboxEvent } from '../../../contracts/inbox/inbox-event.ts';
import { REPOSITORY } from '../../../contracts/core/names.ts';
import { schemaSentence } from '../../../contracts/core/schema-problems.ts';

export type Reading =
  | { readonly kind: 'handover'; readonly handover: InboxEvent }
  | { readonly kind: 'ignored'; readonly reason: string; readonly code: IgnoreReason }
  | { readonly kind: 'invalid'; readonly problem: string };

/** The App that we are, as events name it. */
export interface OurApp {
  readonly id: number;
  readonly apiUrl: string;
}

/** Reads the payload of one kind of event. */
export type Reader = (deliveryId: string, payload: unknown, app: OurApp) => Reading;

export const id = gitHubId;
/** Counted in each repository, from 1. */
export const issueNumber = z.int().positive();

/** The fields of every event of a repository. */
export const ofRepository = {
  repository: z.object({ id, full_name: z.string().regex(REPOSITORY) }),
  // Absent when the webhook is a repository's own, not the App's.
  installation: z.object({ id }).nullish(),
  // Bots end in `[bot]`. Absent when GitHub itself acted.
  sender: z.object({ login: z.string().regex(/^[!-~]{1,100}$/) }).nullish(),
};

/** The person behind an event, as it is written down. */
export const actorOf = (sender: { readonly login: string } | null | undefined) =>
  ({ kind: 'github', name: sender?.login ?? 'github' }) as const;

/** @param code - the same for programs */
export const ignored = (reason: string, code: IgnoreReason = 'action_not_used'): Reading => ({
  kind: 'ignored',
  reason,
  code,
});

export function invalid(event: string, error: z.ZodError): Reading {
  return { kind: 'invalid', problem: `The ${event} event is not as expected: ${schemaSentence(error)}` };
}
