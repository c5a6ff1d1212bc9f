/** HAProxy's configuration as a value: one section for each published service. Pure; the tests hold its exact text. */
import type { z } from 'zod';
import { PublicSettings, type ProxySettings } from '../../../../contracts/config/host.ts';
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import { jsonOf } from '../../../../contracts/core/json.ts';
import { renderHead, type ProxyLimits } from './head.ts';
import { routeMap, securedNames, type ListFile } from './lists.ts';
import { Section, renderSection } from './section.ts';
import { Shared, renderShared } from './shared.ts';

/** Everything that the file says of services. */
export interface ProxyConfig {
  readonly sections: readonly Section[];
  readonly shared: Shared;
}

export interface ReadConfig extends ProxyConfig {
  /** The ports for the web that it opens. */
  readonly open?: PublicSettings;
}

/** The host's own settings. */
export type ProxyHost = ProxyLimits & Pick<ProxySettings, 'configFile' | 'public'>;

export interface RenderedConfig {
  readonly text: string;
  /** To be there before the text is. */
  readonly lists: readonly ListFile[];
}

const MARK = { section: '# section ', shared: '# shared ', open: '# open ' } as const;

/** The whole file, sections in order of their names. @throws when a section is not valid: it would be ours alone. */
export function renderProxyConfig({ sections, shared }: ProxyConfig, host: ProxyHost): RenderedConfig {
  const sorted = sections.map((one) => Section.parse(one)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const common = Shared.parse(shared);
  const lists = host.public && {
    routes: routeMap(host.configFile, sorted, host.public.landfall),
    secured: securedNames(host.configFile, common),
  };
  const hasShared = Object.keys(common).length > 0;
  const parts = [
    [
      ...(hasShared ? [MARK.shared + JSON.stringify(common)] : []),
      ...(host.public && lists
        ? [
            MARK.open + JSON.stringify(host.public),
            ...renderShared(host.public, { shared: common, lists, clients: host }),
          ]
        : []),
    ],
    ...sorted.map((section) => [MARK.section + JSON.stringify(section), ...renderSection(section, host)]),
  ];
  const text = [renderHead(host), ...parts.filter((part) => part.length > 0).map((part) => `${part.join('\n')}\n`)];
  return { text: text.join('\n'), lists: lists ? Object.values<ListFile>({ ...lists }) : [] };
}

/**
 * Reads back what is kept in the file.
 *
 * @throws `ProxyUnavailable` when a section cannot be read: writing without it would take a service off the air
 */
export function parseProxyConfig(text: string): ReadConfig {
  const lines = text.split('\n');
  const marked = <T>(mark: string, schema: z.ZodType<T>) =>
    lines.filter((line) => line.startsWith(mark)).map((line) => readBack(line, mark, schema));
  const [open] = marked(MARK.open, PublicSettings);
  return {
    sections: marked(MARK.section, Section),
    shared: marked(MARK.shared, Shared)[0] ?? {},
    ...(open && { open }),
  };
}

function readBack<T>(line: string, mark: string, schema: z.ZodType<T>): T {
  const read = schema.safeParse(jsonOf(line.slice(mark.length)));
  if (read.success) return read.data;
  throw failure(
    FailureType.ProxyUnavailable,
    `The proxy's configuration file holds a section that Landfall cannot read: ${line.slice(0, 300)}. Mend or remove that section.`,
  );
}
