/** Lets another process control a stand-in that runs by itself: paths under `/_control`. Not a part of GitHub. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Fault } from './faults.ts';
import type { GitHub } from './start.ts';
import type { WorkflowRun } from './workflow-run.ts';

const PREFIX = '/_control/';

/** Everything that happened so far, as `GET /_control/state` answers it. */
const controlState = (github: GitHub) => ({
  deployments: github.deployments(),
  checkRuns: github.checkRuns(),
  issues: github.issues(),
  calls: github.calls(),
  deliveries: github.deliveries().map((delivery) => ({ ...delivery, request: undefined, response: undefined })),
  drift: github.drift(),
});

/** Answers requests under `/_control`; `false` for all others. */
export function control(github: () => GitHub, url: URL, req: IncomingMessage, res: ServerResponse): boolean {
  if (!url.pathname.startsWith(PREFIX)) return false;
  perform(github(), `${req.method ?? ''} ${url.pathname.slice(PREFIX.length)}`, req).then(
    (body) => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    (error: unknown) => res.writeHead(400).end(String(error)),
  );
  return true;
}

async function perform(github: GitHub, request: string, req: IncomingMessage): Promise<unknown> {
  switch (request) {
    case 'GET state':
      await github.webhooksSent();
      return controlState(github);
    case 'POST repositories':
      return github.addRepository((await json(req)) as Parameters<GitHub['addRepository']>[0]);
    case 'POST workflow-runs':
      github.completeWorkflowRun((await json(req)) as WorkflowRun);
      return {};
    case 'POST webhook':
      github.setWebhook((await json(req)) as Parameters<GitHub['setWebhook']>[0]);
      return {};
    case 'POST faults':
      github.fault((await json(req)) as Fault);
      return {};
    default:
      throw new Error(`there is no ${request}`);
  }
}
