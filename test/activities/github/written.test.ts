/** Every text that we write to GitHub, with text of others in all of its places: it mentions, links and ends nothing. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as issues from '../../../activities/github/issue-text.ts';
import type { FailedDeployment } from '../../../activities/github/github.port.ts';
import type { PullRequest } from '../../../activities/github/conversation.port.ts';
import type { GitHubApi } from '../../../activities/github/octokit.ts';
import { replyBody } from '../../../activities/github/reply-text.ts';
import { cut, cutMarkdown } from '../../../activities/github/text.ts';
import type { ReadCommand } from '../../../contracts/github/command.ts';
import { code, fenced, inline, joined, ourWords, type Markdown } from '../../../contracts/core/markdown.ts';
import type { ApprovalState } from '../../../contracts/deployment/approval.ts';
import type { ReleaseFacts, ReleaseResult } from '../../../contracts/deployment/release.ts';
import type { Order } from '../../../contracts/github/order.ts';
import * as replies from '../../../workflows/orders/command-replies.ts';
import { webAddress } from '../../../activities/github/web-address.ts';
import { hostile, outsideOfCode } from '../../support/hostile-text.ts';

const ADDRESS = /\]\([^\s()<>[\]`|]*\)/g;
/** Our own marks, tables and links are left. */
const outside = (text: string): string =>
  outsideOfCode(text.replace(/^(?:<!-- landfall:[^\n]*-->\n)+/, '')).replaceAll(ADDRESS, ']()');
const MEANS_SOMETHING = /[@`<\ud800-\udfff]|evil|!\[|:\/\/|www\.|^# /mu;

const actor = (name: string) => ({ kind: 'github', name }) as const;
const key = (text: string) => ({ project: text, service: text, environment: text });
const approval = (text: string, state: ApprovalState['state']): ApprovalState => ({
  ...{ deploymentId: text, environment: text, commit: text, digest: text, needed: 2, state },
  ...{ approvers: 'ada', decisions: [], askedAt: 0, expiresAt: 0, escalated: false },
});
const facts = (text: string): ReleaseFacts => ({
  ...{ releaseId: text, workflowId: text, key: key(text), commit: text, subject: text, environments: [text] },
});
const failed = (text: string, outcome: FailedDeployment['outcome']): FailedDeployment => ({
  origin: { kind: 'github', repositoryId: '7', repository: text, installationId: '9', cloneUrl: text },
  ...{ key: key(text), deploymentId: 'shop.web.production.1', commit: text, logPath: `/${text}`, mayBeTold: false },
  ...{ digest: text, outcome, failure: { type: 'BuildFailed', message: text }, before: text },
});
const pull = (text: string, more: Partial<PullRequest>): PullRequest => ({
  ...{ state: 'open', commit: text, branch: text, fork: false, mergedAs: null, head: 'before', ...more },
});
const asked: ReadCommand = { kind: 'unknown' };
const ended = (text: string, outcome: ReleaseResult['outcome']): ReleaseResult => ({
  outcome,
  stages: [{ environment: text, deploymentId: text, state: 'rolled_back' }],
  failure: { type: 'BuildFailed', message: text },
});
const placed = (text: string) => ({ orderId: text, by: actor(text), key: key(text) });
const lock = (text: string): Order => ({ kind: 'lock', ...placed(text), reason: text, forMs: 60_000, tiedTo: text });

/** The replies by the name of their function. A new one is missing here, and the type check fails. */
const REPLIES: { readonly [Name in keyof typeof replies]: (text: string) => readonly (Markdown | undefined)[] } = {
  HELP: () => [replies.HELP],
  unknownCommand: () => [replies.unknownCommand(), replies.unknownCommand('deploy')],
  bad: (text) => [replies.bad(code(text))],
  lostReply: () => [replies.lostReply(asked)],
  mistake: (text) => [replies.mistake('deploy', text)],
  lacksPermission: (text) => [replies.lacksPermission(text, 'deploy', 'read')],
  whyNotDeployed: (text) =>
    [
      pull(text, { fork: true }),
      pull(text, { state: 'closed' }),
      pull(text, { head: 'after' }),
      pull(text, { head: 'unknown' }),
    ].flatMap((one) => [
      replies.whyNotDeployed(one, 'deploy'),
      replies.whyNotDeployed(one, 'preview', null),
      replies.whyNotDeployed(one, 'preview', 'abcdef0'),
    ]),
  closedAlready: () => [replies.closedAlready('merged', 'lock'), replies.closedAlready('merged', 'preview')],
  extendedReply: () => [replies.extendedReply({ kind: 'extended', expiresAt: 0, isMost: true })],
  notDone: (text) => [replies.notDone('deploy', { type: 'BuildFailed', message: text })],
  done: (text) => [
    ...(['waiting', 'approved', 'rejected'] as const).map((state) =>
      replies.done(lock(text), { kind: 'decided', approval: approval(text, state) }),
    ),
    replies.done(lock(text), { kind: 'released', released: [], skipped: [text, text] }),
    replies.done(lock(text), { kind: 'cancelled', was: text }),
  ],
  distanceLine: (text) => [
    replies.distanceLine(
      { environment: text, commit: text, next: { branch: text, commit: null } },
      { behind: 1, ahead: 2 },
    ),
    replies.distanceLine(
      { environment: text, commit: text, next: { environment: text, commit: text } },
      { behind: 0, ahead: 0 },
    ),
  ],
  underWay: (text) => [replies.underWay(facts(text))],
  approvalReply: (text) => [replies.approvalReply(facts(text), approval(text, 'waiting'))],
  endedReply: (text) => [replies.endedReply(facts(text), ended(text, 'failed'), false)],
  followedNoMore: (text) => [replies.followedNoMore(facts(text))],
};

const URL = 'https://landfall.test';
const ISSUES: { readonly [Name in keyof typeof issues]: (text: string) => readonly string[] } = {
  // Ids alone; they are hidden, and part of the texts below.
  issueMarker: () => [],
  deploymentMarker: () => [],
  recoveryMarker: () => [],
  failureIssue: (text) =>
    (['rolled_back', 'crash_loop', 'not_serving'] as const).map(
      (end) => issues.failureIssue(failed(text, end), URL).body,
    ),
  failedAgain: (text) => [issues.failedAgain(failed(text, 'rollback_failed'), URL)],
  landedAgain: (text) => [issues.landedAgain(failed(text, 'failed'), URL)],
  servesAgain: (text) => [issues.servesAgain(failed(text, 'not_serving'), URL)],
};

test.each([
  ...Object.entries(REPLIES).map(([name, texts]) => [`a reply: ${name}`, texts] as const),
  ...Object.entries(ISSUES).map(([name, texts]) => [`an issue: ${name}`, texts] as const),
])('%s [A4][A7]', (_name, texts: (text: string) => readonly (string | undefined)[]) => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const written of texts(text)) {
        if (written === undefined) throw new Error('nothing is written');
        expect(outside(replyBody('order-1', ourWords`${written as Markdown}`, URL))).not.toMatch(MEANS_SOMETHING);
      }
    }),
    { numRuns: 60 },
  );
});

describe('what is longer than GitHub takes', () => {
  test('is cut, and nothing in it means more than before [A4][B5]', () => {
    const part = hostile.chain((text) => fc.constantFrom(code(text), fenced(text), inline(text), ourWords`Ours.`));
    const whole = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => joined(parts, '\n'));
    fc.assert(
      fc.property(whole, fc.integer({ min: 3, max: 120 }), (text, limit) => {
        const shown = cutMarkdown(text, limit);
        expect(shown.length).toBeLessThanOrEqual(limit);
        expect(outsideOfCode(shown)).not.toMatch(MEANS_SOMETHING);
        expect(shown.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps as much as fits, of a long message as well [A4][B5]', () => {
    expect(cutMarkdown(fenced('x'.repeat(200)), 100)).toHaveLength(100 - 1);
    expect(cut('word', 3)).toBe('wo…');
  });
});

test.each([
  [true, 'https://shop.example/a?b=c#d'],
  [true, 'http://127.0.0.1:20080'],
  [false, 'javascript:alert(1)'],
  [false, 'https://github.com@evil.test/'],
  [false, 'https://shop.example/\u202e'],
  [false, 'https://shop.example/ and more'],
  [false, 'shop.example'],
  [false, 'https://'],
])('%p: %p is shown as a link [A4]', (isShown, text) => {
  expect(webAddress(text)).toBe(isShown ? text : undefined);
});

test('no text that is neither Markdown nor one line can be written with our client [A4]', () => {
  type Rest = GitHubApi['rest'];
  type Given<Call> = Call extends (parameters?: infer P) => unknown ? NonNullable<P> : never;
  type Output = NonNullable<Given<Rest['checks']['update']>['output']>;
  /** True for a field that takes any string. A change of one of them does not compile. */
  type Takes<Field> = string extends Field ? true : false;
  const takes: {
    readonly comment: Takes<Given<Rest['issues']['createComment']>['body']>;
    readonly edited: Takes<Given<Rest['issues']['updateComment']>['body']>;
    readonly issue: Takes<Given<Rest['issues']['create']>['body']>;
    readonly issueTitle: Takes<Given<Rest['issues']['create']>['title']>;
    readonly label: Takes<Given<Rest['issues']['createLabel']>['description']>;
    readonly checkTitle: Takes<Output['title']>;
    readonly checkSummary: Takes<Output['summary']>;
    readonly checkText: Takes<Output['text']>;
    readonly deployment: Takes<Given<Rest['repos']['createDeployment']>['description']>;
    readonly deploymentStatus: Takes<Given<Rest['repos']['createDeploymentStatus']>['description']>;
    readonly commitStatus: Takes<Given<Rest['repos']['createCommitStatus']>['description']>;
    readonly served: Takes<Given<Rest['repos']['createDeploymentStatus']>['environment_url']>;
    readonly details: Takes<Given<Rest['checks']['update']>['details_url']>;
    readonly job: Takes<Given<Rest['actions']['reviewCustomGatesForRun']>['comment']>;
    readonly anyOtherRoute: Takes<Parameters<GitHubApi['request']>[0]>;
  } = {
    ...{ comment: false, edited: false, issue: false, issueTitle: false, label: false },
    ...{ checkTitle: false, checkSummary: false, checkText: false },
    ...{
      deployment: false,
      deploymentStatus: false,
      commitStatus: false,
      served: false,
      details: false,
      job: false,
      anyOtherRoute: false,
    },
  };
  expect(Object.values(takes)).not.toContain(true);
});
