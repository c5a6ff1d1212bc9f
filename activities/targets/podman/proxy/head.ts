import type { ProxySettings } from '../../../../contracts/config/host.ts';
import { clientTable, type ClientLimits } from './clients.ts';
import { errorPages } from './error-pages.ts';

/** The host's own settings for all of its services. */
export type ProxyLimits = Pick<ProxySettings, 'timeouts' | 'maxConnections'> & ClientLimits;

/** The defaults of every section of the file. */
export const renderHead = ({
  timeouts = {},
  maxConnections,
}: ProxyLimits): string => `# Written by Landfall: changes are lost. The line before each section is what Landfall reads back.
defaults landfall
${maxConnections === undefined ? '' : `  maxconn ${maxConnections}\n`}  timeout connect 2s
  timeout client ${timeouts.client ?? '1m'}
  timeout server ${timeouts.server ?? '5m'}
  timeout tunnel ${timeouts.tunnel ?? '1h'}
  timeout http-request ${timeouts.request ?? '10s'}
  timeout http-keep-alive 30s
  # A container that crashed is back within these three seconds.
  retries 3
  # A reload must not close a connection in the moment in which its client uses it again.
  option idle-close-on-response
${errorPages.join('\n')}

${clientTable}`;
