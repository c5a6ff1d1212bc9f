/** A socket in front of another one, through which a test sees every call, and can do something at a certain one. */
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { onCleanup } from '../../support/cleanup.ts';

export interface Relays {
  /** The path to use in place of the real socket. All relays of this object count together. */
  inFrontOf(socket: string): Promise<string>;
  /** Starts counting anew; `act` is called when call number `at` (from 1) arrives, before it is passed on. */
  arm(at: number, act: () => void): void;
  /** Calls since the last {@link Relays.arm}. */
  count(): number;
}

/** @param dir - where the sockets are made */
export function createRelays(dir: string): Relays {
  let calls = 0;
  let armed: { readonly at: number; readonly act: () => void } | undefined;
  let made = 0;
  return {
    async inFrontOf(socket) {
      made += 1;
      const path = join(dir, `r${made}.sock`);
      // HAProxy's command line is ended by our half of the connection being closed.
      const server = createServer({ allowHalfOpen: true }, (client) => {
        calls += 1;
        if (calls === armed?.at) armed.act();
        const upstream = connect({ path: socket, allowHalfOpen: true });
        for (const [one, other] of [
          [client, upstream],
          [upstream, client],
        ] as const) {
          one.on('error', () => other.destroy()).pipe(other);
        }
      });
      await new Promise<void>((resolve) => server.listen(path, resolve));
      onCleanup(() => void server.close());
      return path;
    },
    arm(at, act) {
      calls = 0;
      armed = { at, act };
    },
    count: () => calls,
  };
}
