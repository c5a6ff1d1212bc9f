import { proxyActivities } from '@temporalio/workflow';
import type { DeliveryActivities } from '../../activities/admission/admission.port.ts';
import type { ConversationActivities, PullRequest, Reaction } from '../../activities/github/conversation.port.ts';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import type { DeliveryPlan } from '../../contracts/admission/plan.ts';
import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { PersonCommand, Verb } from '../../contracts/github/command.ts';
import type { PullRequestFacts } from '../../contracts/github/command-question.ts';
import { commandUse } from '../../contracts/github/command-use.ts';
import type { PullUse } from '../../contracts/github/verbs/verb.ts';
import { VERBS } from '../../contracts/github/verbs/verbs.ts';
import { joined, ourWords, sentence, type Markdown } from '../../contracts/core/markdown.ts';
import type { CommentCommand } from '../../contracts/github/comment.ts';
import type { OrderResult } from '../../contracts/github/order.ts';
import { atLeast } from '../../contracts/github/permission.ts';
import type { Resolution } from '../../contracts/github/resolution.ts';
import type { PreviewAnswer } from '../../contracts/deployment/preview.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { orderCall, orderRead } from '../lib/activity-options.ts';
import { boundedRead } from '../lib/bounded-read.ts';
import { executeOrder } from './execute-order.ts';
import * as words from './command-replies.ts';
import { tellDistances } from './commit-distance.ts';
import { explain } from '../lib/failure-record.ts';
import { ReleaseSubscription } from './release-subscription.ts';
import { Reply } from './reply.ts';

const { permissionOf } = proxyActivities<GitHubActivities>({ ...orderCall, summary: 'may they?' });
const { readPullRequest } = proxyActivities<ConversationActivities>({ ...orderCall, summary: 'pin the head' });
const { resolveCommand, releaseFacts, describePlan } = proxyActivities<PeopleActivities>({
  ...orderCall,
  summary: 'what is meant?',
});
const { plan } = proxyActivities<DeliveryActivities>({ ...orderRead, summary: 'what would be released' });

/** The end of a command, as it is shown. */
export interface CommandReply {
  readonly reaction: Reaction;
  /** `null`: another comment tells. */
  readonly text: Markdown | null;
}

/**
 * Carries out a command in a comment. It is acknowledged at once, authorised by the author's present rights on the
 * repository, and bound to the commit that they looked at. One reply answers it, and is edited until the end.
 */
export async function command(input: CommentCommand): Promise<CommandReply> {
  const follower = new ReleaseSubscription();
  const reply = new Reply(input);
  reply.acknowledge();
  const result = await answer(input, reply, follower);
  await reply.conclude(result.text, result.reaction, TIMEOUTS.settle.lastWordsMs);
  return result;
}

async function answer(input: CommentCommand, reply: Reply, follower: ReleaseSubscription): Promise<CommandReply> {
  const { asked, lost } = input;
  if (lost) return { reaction: 'confused', text: words.lostReply(asked) };
  if (asked.kind === 'unknown') return { reaction: 'confused', text: words.unknownCommand(asked.near) };
  if (asked.kind === 'mistake') return { reaction: 'confused', text: words.mistake(asked.verb, asked.problem) };
  if (!('resolve' in VERBS[asked.command.verb])) return { reaction: '+1', text: words.HELP };
  try {
    return await obey(input, asked.command, reply, follower);
  } catch (error) {
    return refused(words.notDone(asked.command.verb, explain(error)));
  }
}

async function obey(
  { orderId, conversation, commentedAt, actor }: CommentCommand,
  asked: PersonCommand,
  reply: Reply,
  follower: ReleaseSubscription,
): Promise<CommandReply> {
  const { verb } = asked;
  const { needs, pull: about, named } = commandUse(asked);
  const origin = gitHubOrigin(conversation);
  const has = await permissionOf({ origin, login: actor.name });
  if (!atLeast(has, needs)) return refused(words.lacksPermission(actor.name, verb, has));

  const spokenOfAt = about === 'head' ? commentedAt : null;
  const pull = conversation.isPullRequest ? await readPullRequest({ conversation, spokenOfAt }) : null;
  const wrong = pull && whyNot(pull, { verb, about, named });
  if (wrong) return refused(wrong);

  const question = { orderId, by: actor, conversation, command: asked, commentedAt };
  const meant = await resolveCommand({ ...question, pull: pull && factsOf(pull) });
  switch (meant.kind) {
    case 'refusal':
      return refused(words.bad(meant.text));
    case 'answer':
      return { reaction: '+1', text: await inFull(conversation, meant) };
    case 'plan':
      return { reaction: '+1', text: await describePlan({ plan: await planned(meant.trigger), by: actor }) };
    case 'order':
      return toTheEnd(meant, reply, follower);
  }
}

const planned = (trigger: Trigger): Promise<DeliveryPlan> =>
  boundedRead('Reading the commit and its landfall.yaml', () => plan(trigger));

async function inFull(
  conversation: CommentCommand['conversation'],
  { text, gaps = [] }: Extract<Resolution, { kind: 'answer' }>,
): Promise<Markdown> {
  if (gaps.length === 0) return text;
  const lines = await tellDistances(conversation, gaps);
  return lines.length === 0 ? text : ourWords`${text}\n\n${joined(lines, '\n')}`;
}

const factsOf = ({ commit, mergedAs, fork }: PullRequest): PullRequestFacts => ({
  ...{ commit, mergedAs },
  ...(fork && { fork }),
});

interface Wanted {
  readonly verb: Verb;
  readonly about: PullUse | undefined;
  readonly named: string | null | undefined;
}

function whyNot(pull: PullRequest, { verb, about, named }: Wanted): Markdown | undefined {
  if (about === 'head') return words.whyNotDeployed(pull, verb, named);
  if (about === 'open' && pull.state !== 'open') return words.closedAlready(pull.state, verb);
  return undefined;
}

async function toTheEnd(
  { order, releaseId }: Extract<Resolution, { kind: 'order' }>,
  reply: Reply,
  follower: ReleaseSubscription,
): Promise<CommandReply> {
  const result = await executeOrder(order);
  const followed = toFollow(result, releaseId);
  if (result.kind === 'preview') return previewReply(result.answer);
  const nothing = result.kind === 'released' && followed === null;
  if (followed === null)
    return nothing ? refused(words.done(order, result)) : { reaction: '+1', text: words.done(order, result) };

  const facts = await releaseFacts(followed);
  const begin = result.kind === 'released' ? ourWords`` : ourWords`${words.done(order, result)}\n\n`;
  reply.say(ourWords`${begin}${words.underWay(facts)}`);
  const ending = await follower.follow(facts, (gate) =>
    reply.say(ourWords`${begin}${words.approvalReply(facts, gate)}`),
  );
  if (!ending) return refused(ourWords`${begin}${words.followedNoMore(facts)}`);
  const isWanted = ending.outcome === (order.kind === 'cancel' ? 'cancelled' : 'completed');
  return { reaction: isWanted ? 'rocket' : '-1', text: ourWords`${begin}${words.endedReply(facts, ending, isWanted)}` };
}

/** The comment on the preview tells the rest. */
function previewReply(answer: PreviewAnswer): CommandReply {
  if (answer.kind === 'refused') return refused(words.bad(sentence(answer.why)));
  return { reaction: '+1', text: answer.kind === 'extended' ? words.extendedReply(answer) : null };
}

/** The release whose end the reply tells; of a decision only when the way is free. */
function toFollow(result: OrderResult, known: string | null): string | null {
  switch (result.kind) {
    case 'released':
      return result.released[0] ?? null;
    case 'decided':
      return result.approval.state === 'approved' ? known : null;
    case 'cancelled':
      return known;
    case 'environment':
    case 'destroying':
    case 'preview':
      return null;
  }
}

const refused = (text: Markdown): CommandReply => ({ reaction: '-1', text });
