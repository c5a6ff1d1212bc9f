import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { AppClient } from './app-client.ts';
import type { GitHubClient } from './client.ts';
import type { ConversationActivities } from './conversation.port.ts';
import { createConversations } from './conversation.ts';
import { createDistances } from './commit-distance.ts';
import { createPullRequests } from './pull-requests.ts';

interface ConversationOptions {
  readonly client: GitHubClient;
  readonly app: AppClient;
  /** Landfall's address for people. Without a slash at its end. */
  readonly publicUrl: string;
}

/** @throws `GitHub*` (contracts/core/failures.ts); see the port for what each promises. */
export function createConversationActivities({ client, app, publicUrl }: ConversationOptions): ConversationActivities {
  const conversations = createConversations(client, app, publicUrl);
  const between = createDistances(client);
  const pullRequests = createPullRequests(client);
  return {
    reactToComment: (reaction) => conversations.react(reaction, cancellationSignal()),
    postReply: (reply) =>
      conversations.post(reply, { mayBeDone: activityInfo().attempt > 1, signal: cancellationSignal() }),
    editReply: (reply) => conversations.edit(reply, cancellationSignal()),
    keepComment: (comment) => conversations.keep(comment, cancellationSignal()),
    readPullRequest: (question) => pullRequests.read(question, cancellationSignal()),
    distances: (question) => between.of(question, cancellationSignal()),
  };
}
