import { getExternalWorkflowHandle, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { deploymentHalted } from '../messages/environment.messages.ts';
import { LatestWins } from '../reporting/latest-wins.ts';

/** Tells the environment, and whoever looks at the workflow in Temporal's UI, why a deployment does not go on. */
export class HaltNotice {
  readonly #environment: LatestWins<string | null>;

  constructor(deploymentId: string) {
    this.#environment = new LatestWins<string | null>({
      failed: `the environment of ${deploymentId} is gone`,
      shown: null,
      send: async (why) => {
        const { parent } = workflowInfo();
        if (parent) await getExternalWorkflowHandle(parent.workflowId).signal(deploymentHalted, { deploymentId, why });
        return why;
      },
    });
  }

  /** Returns at once. @param why - `null`: it goes on */
  show(why: string | null): void {
    setCurrentDetails(why ?? '');
    this.#environment.say(why);
  }
}
