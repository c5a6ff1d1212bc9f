/** The one comment on a pull request about its preview, in Markdown. Links that begin with `/` lead to our pages. */
import { serviceId } from '../core/ids.ts';
import { shownAs } from '../core/keys.ts';
import { code, fenced, inline, joined, link, ourWords, phrase, table, type Markdown } from '../core/markdown.ts';
import { shortCommit } from '../core/names.ts';
import { formatTime } from '../core/time.ts';
import type { PreviewNote, PreviewService, PreviewView } from '../deployment/preview.ts';

const HEAD = ['Service', 'Status', 'URL', 'Commit', 'Expires', 'Updated (UTC)', 'Details'].map(
  (title) => ourWords`${title as 'Service'}`,
);
const NOTHING = ourWords`–`;

/** @param updatedAt - in milliseconds since the epoch */
export function previewComment(view: PreviewView, updatedAt: number): Markdown {
  const { note } = view;
  const failures = view.services.flatMap(({ key, failure }) =>
    failure ? [ourWords`${code(serviceId(key))}:\n\n${fenced(failure.message)}`] : [],
  );
  const parts = [
    ourWords`**Preview**: ${headline(view)}`,
    ...(note ? [noteLine(note, view)] : []),
    ...(view.services.length > 0
      ? [
          table(
            HEAD,
            view.services.map((one) => row(one, view, updatedAt)),
          ),
        ]
      : []),
    ...failures,
    footer(view),
  ];
  return joined(parts, '\n\n');
}

function headline({ phase, place, commit }: PreviewView): Markdown {
  const at = commit === null ? ourWords`` : ourWords` of ${code(shortCommit(commit))}`;
  switch (phase) {
    case 'waiting':
      return place === null
        ? ourWords`⏳ waits for a free slot.`
        : ourWords`⏳ waits for a free slot, as number ${place} in line.`;
    case 'creating':
      return ourWords`⏳ is being made${at}.`;
    case 'ready':
      return ourWords`✅ is ready${at}.`;
    case 'failed':
      return ourWords`❌ could not be made${at}. The next push tries again, and so does ${code('/preview')}.`;
    case 'stopping':
      return ourWords`🧹 is being removed.`;
    case 'gone':
      return ourWords`is gone: nothing of it is left.`;
  }
}

function noteLine(note: PreviewNote, { expiresAt }: PreviewView): Markdown {
  const at = inline(formatTime(note.at));
  switch (note.kind) {
    case 'stopped':
      return ourWords`Stopped by ${code(note.by)}, ${at}.`;
    case 'extended':
      return ourWords`Extended by ${code(note.by)}${expiresAt === null ? '' : ourWords` until ${inline(formatTime(expiresAt))}`}.`;
    case 'closed':
      return ourWords`The pull request was closed, ${at}.`;
    case 'merged':
      return ourWords`The pull request was merged, ${at}.`;
    case 'unseen':
      return ourWords`The pull request can no longer be read, ${at}.`;
    case 'expired':
      return ourWords`Its time was up, ${at}.`;
    case 'line-expired':
      return ourWords`No slot was free for a whole day, ${at}. Say ${code('/preview')} to wait again.`;
    case 'cancelled':
      return ourWords`Its workflow was cancelled, ${at}.`;
    case 'refused':
      return ourWords`❌ ${phrase(note.why)}`;
    case 'fork-moved':
      return ourWords`The head is ${code(shortCommit(note.commit))} by now. Commits of forks are taken only by name: look at it, then say ${code(`/preview ${shortCommit(note.commit)}`)}.`;
  }
}

const STATES = {
  waiting: ourWords`⏳ waits`,
  deploying: ourWords`⏳ on its way`,
  live: ourWords`✅ live`,
  failed: ourWords`❌ failed`,
  removing: ourWords`🧹 being removed`,
} as const satisfies Record<PreviewService['state'], Markdown>;

function row(service: PreviewService, { expiresAt, phase }: PreviewView, updatedAt: number): readonly Markdown[] {
  const { key, state, url, commit, deploymentId, releaseId } = service;
  const isWaiting = phase === 'waiting' || expiresAt === null;
  return [
    code(serviceId(shownAs({ key }))),
    STATES[state],
    url === null ? NOTHING : link(inline(url), url),
    commit === null ? NOTHING : code(shortCommit(commit)),
    isWaiting ? NOTHING : inline(formatTime(expiresAt)),
    inline(formatTime(updatedAt).replace(/ UTC$/, '')),
    deploymentId === null
      ? releaseId === null
        ? NOTHING
        : link(ourWords`release`, `/releases/${releaseId}`)
      : link(ourWords`log`, `/deployments/${deploymentId}`),
  ];
}

function footer({ phase }: PreviewView): Markdown {
  if (phase === 'gone' || phase === 'stopping') return ourWords`${code('/preview')} makes a new one.`;
  const commands = [code('/preview extend 2h'), code('/preview stop'), code('/preview status'), code('/preview logs')];
  return ourWords`A push redeploys it and renews its time. ${joined(commands, ', ')}.`;
}
