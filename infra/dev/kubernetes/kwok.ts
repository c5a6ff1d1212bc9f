/** Nodes that exist only in the API server (kwok): their pods go through stages that say what becomes of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, type Process } from '../process.ts';

export interface KwokOptions {
  /** Configuration and log are kept here. */
  readonly dir: string;
  /** The control plane's. */
  readonly program: string;
  readonly kubeconfig: string;
  /** Objects of kwok's kind Stage. */
  readonly stages: readonly object[];
  /** The range of the pods' addresses. */
  readonly podRange: string;
}

/** It takes care of every node. @throws Error when it cannot be executed */
export async function startKwok({ dir, program, kubeconfig, stages, podRange }: KwokOptions): Promise<Process> {
  const config = join(dir, 'stages.json');
  writeFileSync(config, stages.map((stage) => JSON.stringify(stage)).join('\n'));
  return startProcess({
    command: program,
    args: ['nodes', kubeconfig, podRange, config],
    cwd: dir,
    logFile: join(dir, 'kwok.log'),
  });
}
