/**
 * Maintenance pages: a map of HAProxy's from a backend's name to the page. Its name is always the same, so that the running
 * worker's copy can be changed without a reload; the file is what the next worker begins with.
 */
import { z } from 'zod';
import type { MaintenancePage } from '../../../../contracts/deployment/maintenance.ts';
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import { jsonOf } from '../../../../contracts/core/json.ts';
import { pageHtml } from './error-pages.ts';
import { proxyName } from './proxy-name.ts';

const Page = z.strictObject({ reason: z.string(), until: z.int().nullable() });

/** The last order about one environment. */
const Ordered = z.strictObject({
  id: z.string(),
  change: z.int(),
  /** `null`: the service answers. */
  page: Page.nullable(),
});
export type OrderedPage = z.infer<typeof Ordered>;

const MARK = '# page ';
/** Seconds after which another try makes sense where the end is not known. */
const OPEN_RETRY_SECONDS = 300;

export const pagesFile = (configFile: string): string => `${configFile}.maintenance`;

/** The map as HAProxy takes it: `<until in seconds, or 0>|<HTML>`. */
export const pageEntries = (orders: readonly OrderedPage[]): readonly (readonly [key: string, value: string])[] =>
  orders.flatMap(({ id, page }) =>
    page ? [[proxyName(id), `${page.until === null ? 0 : Math.ceil(page.until / 1_000)}|${words(page)}`] as const] : [],
  );

/** The file: what HAProxy takes, and in its comments what Landfall reads back. */
export const renderPages = (orders: readonly OrderedPage[]): string =>
  [
    ...orders.map((one) => MARK + JSON.stringify(Ordered.parse(one))),
    ...pageEntries(orders).map(([key, value]) => `${key} ${value}`),
  ]
    .map((line) => `${line}\n`)
    .join('');

/** @throws `ProxyUnavailable` when it cannot be read: writing without it would take a page away */
export function parsePages(text: string): readonly OrderedPage[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => {
      const read = Ordered.safeParse(jsonOf(line.slice(MARK.length)));
      if (read.success) return read.data;
      const message = `The proxy's file of maintenance pages holds a line that Landfall cannot read: ${line.slice(0, 300)}. Remove that line.`;
      throw failure(FailureType.ProxyUnavailable, message);
    });
}

export const isShownAt = (page: MaintenancePage | null | undefined, now: number): page is MaintenancePage =>
  page !== null && page !== undefined && (page.until === null || now < page.until);

/** Rules of a backend: a request gets the page while there is one. Requests under way were let through before. */
export const pageRules = (configFile: string): readonly string[] => [
  `  http-request set-var(txn.landfall_page) be_name,map_str(${pagesFile(configFile)})`,
  '  http-request set-var(txn.landfall_now) date if { var(txn.landfall_page) -m found }',
  '  http-request set-var(txn.landfall_left) var(txn.landfall_page),field(1,|),sub(txn.landfall_now) if { var(txn.landfall_page) -m found }',
  `  http-request set-var(txn.landfall_left) int(${OPEN_RETRY_SECONDS}) if { var(txn.landfall_page) -m beg 0| }`,
  `  http-request return status 503 content-type "text/html; charset=utf-8" lf-string '${HTML}' hdr Cache-Control no-store hdr Retry-After %[var(txn.landfall_left)] if { var(txn.landfall_left) -m int gt 0 }`,
];

const HTML = pageHtml({ title: 'Maintenance', text: '%[var(txn.landfall_page),field(2,|,0)]' });

const words = ({ reason, until }: MaintenancePage): string =>
  [
    reason.trim() === '' ? 'This service is being worked on.' : escaped(reason.trim()),
    ...(until === null
      ? []
      : [`It is expected back by ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC.`]),
  ].join('<br>');

/** Whatever is not plainly text becomes a character reference: nothing is left that HTML, HAProxy or its command line reads. */
const escaped = (text: string): string =>
  Array.from(text.toWellFormed().replaceAll(/\s+/g, ' '), (one) =>
    /^[A-Za-z0-9 .,!?()-]$/.test(one) ? one : `&#${one.codePointAt(0) ?? 0};`,
  ).join('');
