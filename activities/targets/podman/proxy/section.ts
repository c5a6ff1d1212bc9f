/** One service behind the proxy, as a value. */
import { z } from 'zod';
import { Route } from '../../../../contracts/config/routes.ts';
import { NAME } from '../../../../contracts/core/names.ts';
import type { ProxySettings } from '../../../../contracts/config/host.ts';
import { clientLines, type ClientLimits } from './clients.ts';
import { pageRules } from './pages.ts';
import { proxyName } from './proxy-name.ts';

export const SLOTS = ['blue', 'green'] as const;
export type Slot = (typeof SLOTS)[number];

const port = z.int().min(1).max(65_535);

export const Section = z.strictObject({
  /** An environment's id; three names, so it cannot break out of the text. */
  id: z.string().refine((id) => id.split('.').length === 3 && id.split('.').every((part) => NAME.test(part))),
  /** The address for users. */
  address: z.ipv4(),
  /** The service's own port at the address. */
  port: port.exactOptional(),
  /** The names and paths at which the shared frontends lead to it. */
  routes: z.array(Route).min(1).exactOptional(),
  /** `tcp` for services whose health is a port that accepts: they need not speak HTTP. One with routes is `http`. */
  mode: z.enum(['http', 'tcp']),
  /** The port of 127.0.0.1 behind each slot; `null`: never used. */
  blue: port.nullable(),
  green: port.nullable(),
  active: z.enum(SLOTS),
});
export type Section = z.infer<typeof Section>;

/** For a slot that was never used: it is in maintenance, so nothing is ever sent there. */
const NOWHERE = 1;

/** The section's own frontend, if it has a port, and its backend. */
export function renderSection(
  section: Section,
  host: ClientLimits & Pick<ProxySettings, 'configFile'>,
): readonly string[] {
  const name = proxyName(section.id);
  const server = (slot: Slot) =>
    `  server ${slot} 127.0.0.1:${section[slot] ?? NOWHERE}${slot === section.active ? '' : ' disabled'}`;
  return [
    ...(section.port === undefined
      ? []
      : [
          `frontend ${name} from landfall`,
          `  mode ${section.mode}`,
          `  bind ${section.address}:${section.port}`,
          ...clientLines(section.mode, host),
          `  default_backend ${name}`,
        ]),
    `backend ${name} from landfall`,
    `  mode ${section.mode}`,
    ...(section.mode === 'http' ? pageRules(host.configFile) : []),
    ...SLOTS.map(server),
  ];
}
