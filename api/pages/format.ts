/** Forms of values on pages. Escaping is done by hono's `html`; this is about meaning. */
import { html, raw } from 'hono/html';
import { stripVTControlCharacters } from 'node:util';
import { formatAge, formatDuration } from '../../contracts/core/duration.ts';
import type { BuildState, DeploymentState } from '../../contracts/deployment/states.ts';
import type { ReleaseView } from '../../contracts/http/api.ts';

/** A template's result, and its parts that are HTML already. */
export type Html = ReturnType<typeof html>;
export const nothing: Html = raw('');

/** Control characters, and the ones that turn the direction of text around (Unicode TR 36, 2.6). */
const UNSEEN = /[\p{Cc}\u202A-\u202E\u2066-\u2069\u200E\u200F]/gu;

/** Text that other people wrote, without escape codes and without anything that a reader cannot see. */
export const plain = (text: string): string => stripVTControlCharacters(text).replace(UNSEEN, ' ').trim();

/** The same for text of several lines, which stay apart. */
export const linesApart = (text: string): Html =>
  html`<span class="lines">${text.split(/\r?\n/).map(plain).join('\n').trim()}</span>`;

/** An address as a link, and anything that is not http(s) as mere text: `javascript:` is an address, too. */
export function pageLink(address: string): Html {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isWeb ? html`<a href="${url.href}" rel="noopener noreferrer">${plain(address)}</a>` : html`${plain(address)}`;
}

/** `3 min ago`, with the exact moment behind it. */
export function ago(iso: string, now = Date.now()): Html {
  return html`<time datetime="${iso}" title="${iso}">${formatAge(now - Date.parse(iso))} ago</time>`;
}

/** The time that something took, or has taken so far. */
export const took = (fromIso: string, toIso: string | null, now = Date.now()): string =>
  formatDuration((toIso === null ? now : Date.parse(toIso)) - Date.parse(fromIso));

type AnyState = BuildState | DeploymentState | ReleaseView['state'];

/** Tone by what a person should feel: `busy` moves on by itself, `bad` wants a look, `alarm` wants a person now. */
const TONE: Readonly<Record<AnyState, 'good' | 'busy' | 'calm' | 'bad' | 'alarm'>> = {
  pending: 'calm',
  claimed: 'busy',
  cloning: 'busy',
  building: 'busy',
  pushing: 'busy',
  completed: 'good',
  awaiting_approval: 'calm',
  queued: 'calm',
  preparing: 'busy',
  switching: 'busy',
  verifying: 'busy',
  rolling_back: 'busy',
  deploying: 'busy',
  live: 'good',
  failed: 'bad',
  rolled_back: 'bad',
  rollback_failed: 'alarm',
  cancelled: 'calm',
  superseded: 'calm',
};

/** It goes on only when a person decides. */
export const haltedBadge: Html = html`<span class="badge bad">halted</span>`;

export const badge = (state: AnyState, words: string = state.replaceAll('_', ' ')): Html =>
  html`<span class="badge ${TONE[state]}">${words}</span>`;
