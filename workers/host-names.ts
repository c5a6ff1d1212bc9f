/**
 * A host's name belongs to one engine. Two that serve the same queue would each take a part of the work: what one builds, the other
 * cannot push, and what one runs, the other does not see. Temporal itself keeps who has a name, as it keeps the queue.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { z } from 'zod';
import type { HostSettings } from '../contracts/config/host.ts';
import { hostNameWorkflowId } from '../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../contracts/core/queues.ts';

type NamedHost = Pick<HostSettings, 'name' | 'workDir'>;

const Holder = z.object({ engine: z.string(), machine: z.string(), since: z.string() });
type Holder = z.infer<typeof Holder>;

/** The file in a host's `workDir` that says which engine it is, whatever starts, stops or is pruned there. */
const FILE = 'engine-id';
/** A name that is given up and taken again and again in between. */
const MAX_TRIES = 5;
const LOOK_AGAIN_MS = 30_000;

interface HostNamesOptions {
  readonly client: Client;
  readonly hosts: readonly NamedHost[];
  /** Names that are taken from whichever machine has them. */
  readonly taking: readonly string[];
}

export interface HostNames {
  /** Calls back, once for each host, when another machine has taken its name: what serves it here has to stop. */
  watch(onLost: (host: string, why: Error) => void, everyMs?: number): { stop(): void };
}

/**
 * Takes the names of the hosts that this process serves; one that this engine has already is success.
 *
 * @throws Error that names the machine which has a name, and says what to do
 */
export async function claimHostNames({ client, hosts, taking }: HostNamesOptions): Promise<HostNames> {
  const own = await Promise.all(hosts.map(async ({ name, workDir }) => ({ name, engine: await engineIn(workDir) })));
  for (const { name, engine } of own) {
    const other = await claim(client, name, engine, taking.includes(name));
    if (other) throw new Error(`Landfall cannot serve this host: ${taken(name, other)} ${todo(name)}`);
  }

  return {
    watch(onLost, everyMs = LOOK_AGAIN_MS) {
      const watched = new Map(own.map(({ name, engine }) => [name, engine]));
      const look = async () => {
        for (const [name, engine] of watched) {
          // Temporal may be away, or may have forgotten it: then it is ours again.
          const other = await claim(client, name, engine, false).catch(() => undefined);
          if (!other) continue;
          watched.delete(name);
          onLost(name, new Error(`This machine serves the host no more: ${taken(name, other)}`));
        }
      };
      let looking = false;
      const timer = setInterval(() => {
        if (looking) return;
        looking = true;
        void look().finally(() => (looking = false));
      }, everyMs);
      timer.unref();
      return { stop: () => clearInterval(timer) };
    },
  };
}

/** @returns the other one that has it; `undefined`: it is ours */
async function claim(client: Client, name: string, engine: string, takes: boolean): Promise<Holder | undefined> {
  const workflowId = hostNameWorkflowId(name);
  const memo: Holder = { engine, machine: hostname(), since: new Date().toISOString() };
  const start = (workflowIdConflictPolicy: 'FAIL' | 'TERMINATE_EXISTING') =>
    client.workflow.start('hostName', {
      ...{ workflowId, taskQueue: CONTROL_QUEUE, args: [], workflowIdConflictPolicy, memo: { ...memo } },
      staticSummary: `host ${name} is served by ${memo.machine}`,
    });
  for (let tries = 1; ; tries += 1) {
    try {
      await start('FAIL');
      return undefined;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || tries === MAX_TRIES) throw error;
    }
    const holder = await holderOf(client, workflowId);
    if (!holder) continue;
    if (holder.engine === engine) return undefined;
    if (!takes) return holder;
    await start('TERMINATE_EXISTING');
    return undefined;
  }
}

/** `undefined`: it has just been given up. */
async function holderOf(client: Client, workflowId: string): Promise<Holder | undefined> {
  try {
    const { memo, status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' ? Holder.parse(memo) : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Made once, whole or not at all; of two that start at once, both read the same. */
async function engineIn(workDir: string): Promise<string> {
  const file = join(workDir, FILE);
  await mkdir(workDir, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${randomUUID()}\n`);
  await link(draft, file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  await rm(draft, { force: true });
  return (await readFile(file, 'utf8')).trim();
}

const taken = (name: string, { machine, since }: Holder): string =>
  `the name ${name} belongs to another machine, ${machine}, since ${since}.`;
const todo = (name: string): string =>
  `Give this one a name of its own (LANDFALL_HOST of \`landfall up\`, or "name" in LANDFALL_HOSTS_FILE) and write it into landfall.yaml. ` +
  `If it takes the other one's place, start it once with LANDFALL_TAKE_HOST=${name}.`;
