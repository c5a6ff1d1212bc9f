import { expect, test } from '@jest/globals';
import { switchUnderLoad } from '../../../../support/switch-load.ts';
import { tempDir } from '../../../../support/tmp.ts';

test('no request fails and no WebSocket is cut over switches and renewed certificates: HTTP/1.1, HTTP/2, uploads [C5][F1][B18]', async () => {
  const load = { switches: 6, renewEvery: 2, visitors: 2, chats: 2 };
  const { requests, failed, cut, renewals } = await switchUnderLoad({ dir: tempDir(), ...load });
  expect({ failed, cut, renewals }).toEqual({ failed: [], cut: 0, renewals: 3 });
  expect(requests).toBeGreaterThan(10);
});
