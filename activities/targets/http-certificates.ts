/** Fetches certificates from the control plane, for a host without a database. */
import { HostCertificate } from '../../contracts/http/api.ts';
import { Secret } from '../../contracts/core/secret.ts';
import type { CertificateSource } from './certificates.port.ts';
import { createHostRequests, type HostRequestOptions } from './host-requests.ts';

/** `GET {url}/api/hosts/certificates/{name}`. One question is one request. */
export function createHttpCertificates(options: HostRequestOptions): CertificateSource {
  const requests = createHostRequests(options, 'certificate');
  return {
    async certificateOf(name, signal) {
      const parsed = HostCertificate.safeParse(
        await requests.get(`/api/hosts/certificates/${encodeURIComponent(name)}`, signal),
      );
      if (!parsed.success) throw requests.notUnderstood();
      const { data } = parsed;
      return data && { chain: data.chain, key: new Secret(data.key) };
    },
  };
}
