/** Destroys an environment as its child, so that it goes on whoever ends the environment by force. */
import { ParentClosePolicy, executeChild, log } from '@temporalio/workflow';
import { destroyWorkflowId } from '../../contracts/core/ids.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import type { DestroyInput, DestroyResult } from '../../contracts/deployment/environment.ts';
import type { destroy } from '../deployment/destroy.workflow.ts';
import { explain } from '../lib/failure-record.ts';

/** Never fails: one that was ended by force is told as such. */
export async function runDestruction(input: DestroyInput): Promise<DestroyResult> {
  const { key, generation, by } = input;
  try {
    return await executeChild<typeof destroy>('destroy', {
      workflowId: destroyWorkflowId(key, generation),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `the end of ${key.project}/${key.service} in ${key.environment}`,
      memo: { actor: by.name },
      typedSearchAttributes: [
        { key: SearchAttributes.project, value: key.project },
        { key: SearchAttributes.service, value: key.service },
        { key: SearchAttributes.environment, value: key.environment },
      ],
    });
  } catch (error) {
    log.error('an environment was not destroyed to its end', { error });
    return { kind: 'failed', why: explain(error).message };
  }
}
