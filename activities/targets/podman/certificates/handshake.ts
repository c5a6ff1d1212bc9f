import { connect } from 'node:tls';
import type { PublicSettings } from '../../../../contracts/config/host.ts';

const PATIENCE_MS = 5_000;

/** The fingerprint of the certificate that a TLS client of the host is shown for the name; `undefined`: none. */
export function shownTo(
  { address, httpsPort }: Pick<PublicSettings, 'address' | 'httpsPort'>,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return new Promise((resolve) => {
    const socket = connect({ host, port: httpsPort, servername: name, rejectUnauthorized: false });
    const end = (fingerprint?: string) => {
      signal.removeEventListener('abort', cancel);
      socket.destroy();
      resolve(fingerprint);
    };
    const cancel = () => end();
    signal.addEventListener('abort', cancel, { once: true });
    socket
      .setTimeout(PATIENCE_MS, cancel)
      .once('error', cancel)
      .once('secureConnect', () => {
        end(socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase());
      });
  });
}
