/** A socket in front of another one, through which a test sees every changing call, and does something at one of them. */
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onCleanup } from '../../support/cleanup.ts';

export interface Relays {
  /** The path to use in place of the real socket. All relays of this object count together. */
  inFrontOf(socket: string): Promise<string>;
  /** Starts counting anew; `act` is called when changing call number `at` (from 1) arrives, before it is passed on. */
  arm(at: number, act: () => void): void;
  /** Changing calls since the last {@link Relays.arm}. */
  count(): number;
}

/** Podman's REST API and HAProxy's command sockets: everything else only looks. */
const CHANGING = /^(POST|DELETE|set |shutdown |reload)/;

/** @param dir - the folder of the sockets */
export function createRelays(dir: string): Relays {
  let calls = 0;
  let armed: { readonly at: number; readonly act: () => void } | undefined;
  let made = 0;

  function relay(client: Socket, socket: string): void {
    client.once('data', (first: Buffer) => {
      if (CHANGING.test(first.toString('latin1'))) {
        calls += 1;
        if (calls === armed?.at) armed.act();
      }
      const upstream = connect({ path: socket, allowHalfOpen: true });
      upstream.write(first);
      client.pipe(upstream).pipe(client);
      client.once('error', () => upstream.destroy()).once('close', () => upstream.destroy());
      upstream.once('error', () => client.destroy());
    });
    client.once('error', () => client.destroy());
  }

  return {
    async inFrontOf(socket) {
      made += 1;
      const path = join(dir, `r${made}.sock`);
      // HAProxy's command line is ended by our half of the connection being closed.
      const server = createServer({ allowHalfOpen: true }, (client) => {
        relay(client, socket);
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
