import { expect, test } from '@jest/globals';
import { switchUnderLoad } from '../../../../support/switch-load.ts';
import { tempDir } from '../../../../support/tmp.ts';

test('no request fails and no WebSocket is cut over switches and new certificates: HTTP/1.1, HTTP/2, uploads [C5][F1][B18]', async () => {
  const load = { switches: 6, reloadEvery: 2, visitors: 2, chats: 2 };
  const { requests, failed, cut, reloads } = await switchUnderLoad({ dir: tempDir(), ...load });
  expect({ failed, cut, reloads }).toEqual({ failed: [], cut: 0, reloads: 3 });
  expect(requests).toBeGreaterThan(10);
});
