import { getExternalWorkflowHandle, log, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { deploymentHalted } from '../messages/environment.messages.ts';
import { Background } from '../reporting/background.ts';

/** Tells the environment, and whoever looks at the workflow in Temporal's UI, why a deployment does not go on. */
export class HaltNotice {
  readonly #deploymentId: string;
  readonly #beside = new Background();
  #wanted: string | null = null;
  #shown: string | null = null;

  constructor(deploymentId: string) {
    this.#deploymentId = deploymentId;
  }

  /** Returns at once. @param why - `null`: it goes on */
  show(why: string | null): void {
    this.#wanted = why;
    setCurrentDetails(why ?? '');
    this.#beside.start(() => this.#work());
  }

  async #work(): Promise<void> {
    const { parent } = workflowInfo();
    const why = this.#wanted;
    if (!parent || why === this.#shown) return;
    this.#shown = why;
    const deploymentId = this.#deploymentId;
    await getExternalWorkflowHandle(parent.workflowId)
      .signal(deploymentHalted, { deploymentId, why })
      .catch((error: unknown) => log.info('the environment is gone', { error, deploymentId }));
  }
}
