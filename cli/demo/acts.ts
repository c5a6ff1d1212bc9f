import type { Version } from './example-app.ts';

/** One push, and how it has to end. */
export interface Act {
  readonly title: string;
  /** For the closing table. */
  readonly short: string;
  readonly about: string;
  readonly message: string;
  readonly version: Version;
  /** Landfall is killed with SIGKILL when this is seen. */
  readonly killAt?: string;
  /** Nothing happens at the push: CI has to succeed, two environments come before production, and production asks. */
  readonly promoted?: true;
  readonly outcome: 'live' | 'rolled back' | 'failed';
  /** The page's text afterwards. */
  readonly page: string;
  /** GitHub's last report: the deployment's status, or the check run when no deployment was made. */
  readonly gitHub: 'success' | 'failure';
}

const HELLO = 'Hello from the first version';
const AGAIN = 'Hello again, after a crash';
const PROMOTED = 'Hello from dev, staging and production';

export const ACTS: readonly Act[] = [
  {
    title: 'Act 1: a push goes live',
    short: '1 a push',
    about: 'git push, webhook, build, registry, and a new container by digest behind HAProxy.',
    message: 'Say hello',
    version: { page: HELLO, startSeconds: 0 },
    outcome: 'live',
    page: HELLO,
    gitHub: 'success',
  },
  {
    title: 'Act 2: a version that does not become healthy',
    short: '2 unhealthy',
    about: 'It builds and starts, but GET /health is 404. What ran before must be what people see.',
    message: 'Forget the health check',
    version: { page: 'You should never see this', startSeconds: 0, flaw: 'unhealthy' },
    outcome: 'rolled back',
    page: HELLO,
    gitHub: 'failure',
  },
  {
    title: 'Act 3: a commit that does not build',
    short: '3 does not build',
    about: 'Nothing may be touched.',
    message: 'Forget a semicolon',
    version: { page: 'Nor this', startSeconds: 0, flaw: 'does not build' },
    outcome: 'failed',
    page: HELLO,
    gitHub: 'failure',
  },
  {
    title: 'Act 4: kill -9 in the middle of a deployment',
    short: '4 killed midway',
    about:
      'Landfall, API and workers alike, is killed while it switches to a good version. It is started again and goes on.',
    message: 'Say hello again',
    // Slow to start, so that there is a middle.
    version: { page: AGAIN, startSeconds: 2 },
    killAt: 'production switching',
    outcome: 'live',
    page: AGAIN,
    gitHub: 'success',
  },
  {
    title: 'Act 5: one image from dev to production',
    short: '5 promoted',
    about: 'CI succeeds, the commit goes to dev and staging by itself, and production waits until a person approves.',
    message: 'Promote it',
    version: { page: PROMOTED, startSeconds: 0 },
    promoted: true,
    outcome: 'live',
    page: PROMOTED,
    gitHub: 'success',
  },
];
