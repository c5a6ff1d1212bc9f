/** A program that serves, or never gets so far, as `serve.test.ts` starts it. */
import { sayReady, serve } from '../../workers/serve.ts';

const [what] = process.argv.slice(2);
// Holds the process open, as connections do.
const open = setInterval(() => undefined, 60_000);

await serve(async () => {
  if (what === 'starting') {
    process.stdout.write('starting\n');
    await new Promise(() => undefined);
  }
  sayReady({});
  return {
    done: new Promise(() => undefined),
    stop: async () => clearInterval(open),
  };
});
