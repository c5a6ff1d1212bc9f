/** HAProxy's configuration as a value: one section for each published service. Pure; the tests hold its exact text. */
import { z } from 'zod';
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import type { ProxySettings } from '../../../../contracts/config/host.ts';
import { jsonOf } from '../../../../contracts/core/json.ts';
import { NAME } from '../../../../contracts/core/names.ts';

export const SLOTS = ['blue', 'green'] as const;
export type Slot = (typeof SLOTS)[number];

const port = z.int().min(1).max(65_535);

const Section = z.strictObject({
  /** An environment's id; three names, so it cannot break out of the text. */
  id: z.string().refine((id) => id.split('.').length === 3 && id.split('.').every((part) => NAME.test(part))),
  /** The address for users. */
  address: z.ipv4(),
  port,
  /** `tcp` for services whose health is a port that accepts: they need not speak HTTP. */
  mode: z.enum(['http', 'tcp']),
  /** The port of 127.0.0.1 behind each slot; `null`: never used. */
  blue: port.nullable(),
  green: port.nullable(),
  active: z.enum(SLOTS),
});
export type Section = z.infer<typeof Section>;

/** Frontend and backend of a section share it. */
export const proxyName = (id: string): string => `landfall.${id}`;

/** The host's own settings for all of its services. */
export type ProxyLimits = Pick<ProxySettings, 'timeouts' | 'maxConnections'>;

const head = ({
  timeouts = {},
  maxConnections,
}: ProxyLimits): string => `# Written by Landfall: changes are lost. The line before each section is what Landfall reads back.
defaults landfall
${maxConnections === undefined ? '' : `  maxconn ${maxConnections}\n`}  timeout connect 2s
  timeout client ${timeouts.client ?? '1m'}
  timeout server ${timeouts.server ?? '5m'}
  timeout tunnel ${timeouts.tunnel ?? '1h'}
  timeout http-request 10s
  timeout http-keep-alive 30s
  # A container that crashed is back within these three seconds.
  retries 3
  # A reload must not close a connection in the moment in which its client uses it again.
  option idle-close-on-response
`;
const MARK = '# section ';
/** For a slot that was never used: it is in maintenance, so nothing is ever sent there. */
const NOWHERE = 1;

/** The whole file, sections in order of their names. @throws when a section is not valid: it would be ours alone. */
export function renderProxyConfig(sections: readonly Section[], limits: ProxyLimits = {}): string {
  const sorted = sections.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [head(limits), ...sorted.map((section) => renderSection(Section.parse(section)))].join('\n');
}

function renderSection(section: Section): string {
  const name = proxyName(section.id);
  const http = section.mode === 'http';
  const server = (slot: Slot) =>
    `  server ${slot} 127.0.0.1:${section[slot] ?? NOWHERE}${slot === section.active ? '' : ' disabled'}`;
  return [
    MARK + JSON.stringify(section),
    `frontend ${name} from landfall`,
    `  mode ${section.mode}`,
    `  bind ${section.address}:${section.port}`,
    ...(http ? ['  option forwardfor'] : []),
    `  default_backend ${name}`,
    `backend ${name} from landfall`,
    `  mode ${section.mode}`,
    ...SLOTS.map(server),
    '',
  ].join('\n');
}

/**
 * Reads the sections back.
 *
 * @throws `ProxyUnavailable` when a section cannot be read: writing without it would take a service off the air
 */
export function parseProxyConfig(text: string): readonly Section[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => {
      const section = Section.safeParse(jsonOf(line.slice(MARK.length)));
      if (section.success) return section.data;
      throw failure(
        FailureType.ProxyUnavailable,
        `The proxy's configuration file holds a section that Landfall cannot read: ${line.slice(0, 300)}. Mend or remove that section.`,
      );
    });
}
