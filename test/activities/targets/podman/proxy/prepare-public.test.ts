import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { preparePublic } from '../../../../../activities/targets/podman/proxy/prepare-public.ts';
import { onCleanup } from '../../../../support/cleanup.ts';
import { tempDir } from '../../../../support/tmp.ts';

async function taken(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('ports that the proxy holds at the loopback address are its own when it is to open them at every address [G7]', async () => {
  const [httpPort, httpsPort] = [await taken(), await taken()];
  const at = (address: string) => ({ address, httpPort, httpsPort, certificates: tempDir() });
  const runtime = (has: boolean) => ({ hasFrontend: () => Promise.resolve(has) });
  const before = { sections: [], shared: {}, open: at('127.0.0.1') };
  await preparePublic(at('0.0.0.0'), before, runtime(true));
  await preparePublic(at('127.0.0.1'), { ...before, open: at('::') }, runtime(true));
  await expect(preparePublic(at('127.0.0.1'), before, runtime(false))).rejects.toMatchObject({ type: 'PortTaken' });
});
