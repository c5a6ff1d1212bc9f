import { html } from 'hono/html';
import { shortDigest } from '../../contracts/core/names.ts';
import type { ChangesView } from '../../contracts/http/api.ts';
import { describeChanges } from '../../contracts/http/changes.ts';
import { type Html, nothing, plain } from './format.ts';

/** The image, and its builder. */
export const artefact = (it: { readonly digest: string; readonly builder: string | null }): Html =>
  html`<span class="commit">${shortDigest(it.digest)}</span>
    ${it.builder === null ? nothing : html`by ${plain(it.builder)}`}`;

/** The changes, with GitHub's page of the commits between. */
export const changes = (it: ChangesView | null): Html =>
  it === null
    ? html`<span class="faint">none: it ended before it began</span>`
    : html`<span class="commit">${describeChanges(it)}</span>
        ${it.compareUrl === null ? nothing : compare(it.compareUrl)}`;

const compare = (url: string): Html => html`<a href="${url}" rel="noopener noreferrer">on GitHub</a>`;
