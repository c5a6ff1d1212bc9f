/** The description of a verb of comments. One file beside this is one verb; verbs.ts lists them. */
import type { Actor } from '../../core/actor.ts';
import type { EnvironmentKey } from '../../core/keys.ts';
import type { PullRef } from '../../deployment/preview.ts';
import type { Order } from '../order.ts';
import type { Permission } from '../permission.ts';
import type { Resolution } from '../resolution.ts';
import type { InEnvironment, OfWork } from './words.ts';

/** On a pull request, `head`: it takes the head that its author has looked at. `open`: there must be an end to wait for. */
export type PullUse = 'head' | 'open';

/** `Command`: what its line says, once it is read. */
export interface VerbDescription<Command extends { readonly verb: string }> {
  /** The command as it is written, for help and for mistakes. */
  readonly usage: string;
  /** The effect, for help. */
  readonly what: string;
  /** The permission on the repository that it takes. About an approval the gate itself decides. */
  readonly needs: Permission;
  /** May depend on its words. */
  readonly pull?: PullUse | ((command: Command) => PullUse | undefined);
  /**
   * The beginning of the commit that its author names, or `null`: with one, the head of a fork's branch is taken as well.
   * Without this, or for `undefined`, it never is.
   */
  readonly named?: (command: Command) => string | null | undefined;
  /** @param line - what stands behind the verb. @throws {Mistake} */
  readonly read: (line: string) => Command;
  /** Turns it into an order that names everything, or an answer. Without it the command is answered with help. */
  readonly resolve?: (command: Command, repository: CommandRepository) => Promise<Resolution>;
}

interface Wanted extends InEnvironment {
  readonly verb: string;
}

/** The repository of the comment, as a verb asks about it; answered in api/commands/repository.ts. All refuse what is not clear. */
export interface CommandRepository {
  /** The author, and the order's id. */
  readonly placed: { readonly orderId: string; readonly by: Actor };
  /** The pull request or issue, for people: `acme/shop#7`. */
  readonly place: string;
  /** The pull request's head; `null` on an issue, where what deploys there by itself is meant. */
  readonly head: string | null;
  /** The tie by which a lock ends with the pull request; `null` on an issue. */
  readonly tie: string | null;
  /** The one that is meant. */
  environment(wanted: Wanted): Promise<EnvironmentKey>;
  /** All environments that the command does not leave out by naming others. */
  environments(wanted: Wanted): Promise<readonly EnvironmentKey[]>;
  /** The deployment to return to. */
  rollbackTarget(key: EnvironmentKey, to: string): Promise<string>;
  /** The deployment or job that waits for approval; `note`: the words that name nothing. */
  waiting(command: DecisionCommand): Promise<Waiting>;
  /** The release that is under way. */
  underWay(command: OfWork): Promise<string>;
  /** The release that failed or was cancelled. */
  ended(command: OfWork): Promise<string>;
  /** A table of what is live. */
  status(keys: readonly EnvironmentKey[]): Promise<Resolution>;
  /** The pull request, with its head. */
  pullRequest(): { readonly pull: PullRef; readonly commit: string; readonly fork: boolean };
  /** The account of its preview. */
  previewStatus(): Promise<Resolution>;
  /** The last lines of its preview's logs. */
  previewLogs(): Promise<Resolution>;
  /** A table of what runs and waits. */
  queue(keys: readonly EnvironmentKey[]): Promise<Resolution>;
}

export interface DecisionCommand extends OfWork {
  readonly verb: 'approve' | 'reject';
  readonly note: string;
}

export interface Waiting {
  readonly deploymentId: string;
  readonly note: string;
  /** Absent for a job of GitHub Actions. */
  readonly seen?: { readonly commit: string; readonly digest: string };
  /** `null` for a job of GitHub Actions. */
  readonly releaseId: string | null;
}

/** @param releaseId - the release that it is about, where that is known before */
export const ordered = (order: Order, releaseId: string | null = null): Resolution => ({
  kind: 'order',
  order,
  releaseId,
});
