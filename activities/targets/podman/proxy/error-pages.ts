/** The pages that the proxy answers with when no service does. They load nothing, and say nothing about the host. */

interface Page {
  readonly title: string;
  readonly text: string;
  /** The seconds after which another try makes sense (RFC 9110, section 10.2.3). */
  readonly retryAfter?: number;
}

/**
 * The statuses that HAProxy itself answers with (configuration manual, "http-error"). A request whose header is refused
 * or never ends gets HAProxy's own page: it ends before pages of ours are known.
 */
const PAGES: Readonly<Record<number, Page>> = {
  400: { title: 'Bad request', text: 'The request is not valid HTTP.' },
  404: { title: 'Not found', text: 'There is nothing at this address.' },
  408: { title: 'Request timeout', text: 'The request took too long to arrive.' },
  500: { title: 'Internal error', text: 'The request could not be handled.' },
  502: { title: 'Bad gateway', text: 'The service gave no valid answer.' },
  503: { title: 'Unavailable', text: 'The service cannot answer at the moment. Try again shortly.', retryAfter: 5 },
  504: { title: 'Gateway timeout', text: 'The service took too long to answer.' },
};

const HTML = 'text/html; charset=utf-8';
const STYLE =
  ':root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}';

/** One argument of HAProxy's configuration: within single quotes, only their own kind is special. */
const quoted = (text: string): string => `'${text.replaceAll("'", '&#39;')}'`;

/** One line without single quotes of its own. @param text - HTML */
export const pageHtml = ({ title, text }: Pick<Page, 'title' | 'text'>): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<title>${title}</title><style>${STYLE}</style><h1>${title}</h1><p>${text}</p></html>`;

/** Content type, body and header fields, as `http-error` and `http-request return` take them. */
function answer(page: Page): string {
  const retry = page.retryAfter === undefined ? '' : ` hdr Retry-After ${page.retryAfter}`;
  return `content-type "${HTML}" string ${quoted(pageHtml(page))} hdr Cache-Control no-store${retry}`;
}

/** Lines for a `defaults` section: its frontends and backends answer with our pages in place of HAProxy's own. */
export const errorPages: readonly string[] = Object.entries(PAGES).map(
  ([status, page]) => `  http-error status ${status} ${answer(page)}`,
);
