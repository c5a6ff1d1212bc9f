/** {@link PlaceCertificateActivities} for one Podman host. */
import { cancellationSignal } from '@temporalio/activity';
import type { HostSettings } from '../../../../contracts/config/host.ts';
import type { PlaceCertificateActivities } from '../../../certificates/certificates.port.ts';
import type { CertificateSource } from '../../certificates.port.ts';
import { createQueue } from '../serial-queue.ts';
import type { Proxy } from '../proxy/proxy.ts';
import { keepCertificates } from './keep.ts';

interface PodmanCertificateDeps {
  readonly host: HostSettings;
  readonly proxy: Proxy | undefined;
  readonly certificates: CertificateSource;
  readonly now?: () => number;
}

export function createPodmanCertificates({
  host,
  proxy,
  certificates: source,
  now = Date.now,
}: PodmanCertificateDeps): PlaceCertificateActivities {
  const web = host.proxy?.public;
  // A name's workflow and the schedule look at once.
  const alone = createQueue();
  return {
    keepCertificates: async (kept) => {
      if (web && proxy) {
        return alone(() => keepCertificates({ proxy, web, source, now }, kept, cancellationSignal()));
      }
      const problem = `${host.name} has no ports for the web (proxy.public of its settings).`;
      return kept.names.map(({ name }) => ({ name, source: 'none', fingerprint: null, notAfter: null, problem }));
    },
  };
}
