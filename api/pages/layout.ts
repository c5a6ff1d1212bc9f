import { html } from 'hono/html';
import { type Html, nothing } from './format.ts';

interface Page {
  readonly title: string;
  /** The signed-in person; without one the page has no navigation. */
  readonly actor?: string;
  readonly main: Html;
}

/** The frame of every page. Scripts and styles are our own files only: the Content-Security-Policy allows no other. */
export const layout = ({ title, actor, main }: Page): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true}' />
        <title>${title} · Landfall</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/style.css" />
        <script src="/assets/htmx.js" defer></script>
        <script src="/assets/idiomorph.js" defer></script>
        <script src="/assets/live-log.js" defer></script>
      </head>
      <body>
        <header class="top">
          <a class="mark" href="/"><img src="/assets/icon.svg" alt="" width="22" height="22" />Landfall</a>
          ${actor === undefined ? nothing : navigation(actor)}
        </header>
        <main>${main}</main>
      </body>
    </html>`;

const navigation = (actor: string): Html => html`
  <nav aria-label="Main">
    <a href="/">Services</a>
    <a href="/deliveries">Deliveries</a>
  </nav>
  <form class="who" method="post" action="/logout">
    <span>${actor}</span>
    <button class="quiet">Sign out</button>
  </form>
`;

/**
 * A part of a page that keeps itself up to date by fetching the page again, until it says that nothing moves any more.
 * Only what is new is changed in it, so that the keyboard's focus and a selection stay where they are.
 *
 * @param path - of the page itself
 */
export const live = (path: string, everyS: number | null, content: Html): Html =>
  everyS === null
    ? html`<div id="live">${content}</div>`
    : html`<div
        id="live"
        hx-ext="morph"
        hx-get="${path}"
        hx-trigger="every ${everyS}s"
        hx-select="#live"
        hx-swap="morph:outerHTML"
      >
        ${content}
      </div>`;

/** The log, filled in by live-log.js; without scripts there is the file itself. */
export const log = (stream: string): Html => html`
  <section class="card log-card">
    <h2>Log <span class="log-state" id="log-state"></span></h2>
    <noscript><a href="/api/logs/${stream}">Read the log as a file</a></noscript>
    <div class="log" role="log" aria-label="Log" tabindex="0" data-log="/api/logs/${stream}?follow=1"></div>
  </section>
`;
