/**
 * The description of an event of GitHub's. One file beside this is one event; events.ts lists them. Schemas of payloads
 * are narrow and loose: they name the fields that we read and ignore the rest, because GitHub's own payloads do not keep
 * to GitHub's own full schemas.
 */
import { gitHubId } from '../../core/github-id-fields.ts';
import { z } from 'zod';
import type { IgnoreReason } from '../../admission/decision.ts';
import type { Actor } from '../../core/actor.ts';
import { REPOSITORY } from '../../core/names.ts';
import { schemaSentence } from '../../core/schema-problems.ts';

/** `Work`: what the event leads to, as the inbox keeps it; of several kinds, a union of them. */
export interface GitHubEvent<Work extends Kept> {
  /** Its name in `X-GitHub-Event`. */
  readonly event: string;
  /** Reads a payload whose signature is right. */
  readonly read: (deliveryId: string, payload: unknown, app: OurApp) => Reading<Work>;
  /** The workflow of each kind. A kind that several events lead to has one description, which they share. */
  readonly work: { readonly [K in Work['kind']]: EventWork<Extract<Work, { readonly kind: K }>> };
}

interface Kept {
  readonly kind: string;
  readonly actor: Actor;
}

/** The workflow that takes up a kind of work. */
export interface TakenUp<Work extends Kept> {
  /** Its type; it takes the work as its only argument. */
  readonly workflow: string;
  /** The subject, in ASCII, for people who browse the Temporal UI. */
  readonly summary: (work: Work) => string;
  /** Absent: that of the delivery, whose GUID a redelivery keeps. */
  readonly workflowId?: (work: Work) => string;
}

export interface EventWork<Work extends Kept> extends TakenUp<Work> {
  /**
   * What is done when Temporal has lost the workflow. `again`: it is begun again, since it only means "look here".
   * `answer`: a part of it may be done, so the person who ordered it gets an answer.
   */
  readonly ifLost: 'again' | 'answer';
}

export type Reading<Work> =
  | { readonly kind: 'handover'; readonly handover: Work }
  | { readonly kind: 'ignored'; readonly reason: string; readonly code: IgnoreReason }
  /** `problem`: the mistakes in the payload. */
  | { readonly kind: 'invalid'; readonly problem: string };

/** The App that we are, as events name it. */
export interface OurApp {
  readonly id: number;
  readonly apiUrl: string;
}

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
export const ignored = (reason: string, code: IgnoreReason = 'action_not_used'): Reading<never> => ({
  kind: 'ignored',
  reason,
  code,
});

export const invalid = (error: z.ZodError): Reading<never> => ({ kind: 'invalid', problem: schemaSentence(error) });
