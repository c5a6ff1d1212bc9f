import { startProxy, type DevProxy } from '../../infra/dev/proxy.ts';
import { onCleanup } from './cleanup.ts';
import { tempDir } from './tmp.ts';

/** A real HAProxy of this test file's own. Gone after the last test. */
export async function testProxy(): Promise<DevProxy> {
  const proxy = await startProxy({ dir: tempDir() });
  onCleanup(() => proxy.stop());
  return proxy;
}
