/** A real HAProxy with services behind it that are programs of the test. */
import { dirname, join } from 'node:path';
import { createProxy } from '../../../../../activities/targets/podman/proxy/proxy.ts';
import type { ProxySettings } from '../../../../../contracts/config/host.ts';
import { freePort } from '../../../../../infra/dev/process.ts';
import { onCleanup } from '../../../../support/cleanup.ts';
import { testProxy } from '../../../../support/proxy.ts';
import { startVersion, type WebVersion } from '../../../../support/web-version.ts';

/** A proxy of the test's own. */
export async function stage(settings: Partial<ProxySettings> = {}) {
  const { configFile, adminSocket, masterSocket } = await testProxy();
  const web = { httpPort: await freePort(), httpsPort: await freePort() };
  const proxy = createProxy({
    ...{ configFile, adminSocket, masterSocket },
    public: { ...web, address: '127.0.0.1', certificates: join(dirname(configFile), 'tls') },
    ...settings,
  });
  const publish = async (service: string, port: number, to: number, mode: 'http' | 'tcp' = 'http') =>
    proxy.route({ id: `shop.${service}.production`, address: '127.0.0.1', port, mode }, to);
  return {
    proxy,
    configFile,
    adminSocket,
    masterSocket,
    publish,
    /** The ports for the web. */
    web,
    /** Publishes a service, or its next version, under a name. */
    named: async (service: string, host: string, to: number) =>
      proxy.route(
        {
          ...{ id: `shop.${service}.production`, address: '127.0.0.1', mode: 'http' },
          routes: [{ host, path: '/' }],
        },
        to,
      ),
    /** Publishes a new service. @returns its port */
    async published(service: string, to: number, mode: 'http' | 'tcp' = 'http'): Promise<number> {
      const port = await freePort();
      await publish(service, port, to, mode);
      return port;
    },
  };
}

export type Version = WebVersion;

/** One version of a service, until the test file's end. */
export async function version(name: string): Promise<Version> {
  const started = await startVersion(name);
  onCleanup(started.stop);
  return started;
}
