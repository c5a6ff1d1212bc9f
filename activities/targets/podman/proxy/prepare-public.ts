import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import type { PublicSettings } from '../../../../contracts/config/host.ts';
import { waitUntilFreeForProxy } from '../ports.ts';
import type { ReadConfig } from './config.ts';
import { ensureDefaultCertificate } from './default-certificate.ts';
import type { Runtime } from './runtime.ts';
import { HTTP_FRONTEND } from './shared.ts';

/**
 * Everything that HAProxy needs to open the ports for the web, if the host has any.
 *
 * @param before - what HAProxy has read: ports that it holds already are its own
 * @throws `PortTaken`; `InvalidConfiguration` when a service of this host has one of them
 */
export async function preparePublic(
  settings: PublicSettings | undefined,
  { open, sections }: ReadConfig,
  runtime: Pick<Runtime, 'hasFrontend'>,
): Promise<void> {
  if (!settings) return;
  const { address, httpPort, httpsPort, certificates } = settings;
  await ensureDefaultCertificate(certificates);
  const isHeld = await runtime.hasFrontend(HTTP_FRONTEND);
  const own = isHeld && open && overlaps(open.address, address) ? [open.httpPort, open.httpsPort] : [];
  for (const port of [httpPort, httpsPort]) {
    const service = sections.find((section) => section.port === port);
    if (service) {
      throw failure(
        FailureType.InvalidConfiguration,
        `Port ${port} cannot be this host's for the web: ${service.id} publishes it. Give that service another port first.`,
      );
    }
    // A reload that cannot bind stops every service of this host for two seconds: look first.
    if (!own.includes(port)) await waitUntilFreeForProxy(address, port);
  }
}

/** HAProxy shares a port with its former worker (SO_REUSEPORT), also where one of the two listens at every address. */
const overlaps = (one: string, other: string): boolean => one === other || [one, other].some(isEvery);
const isEvery = (address: string): boolean => address === '0.0.0.0' || address === '::';
