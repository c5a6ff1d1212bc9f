/**
 * A place's name belongs to one engine. Two that serve the same queue would each take a part of the work: what one builds, the other
 * cannot push, and what one runs, the other does not see. Temporal itself keeps who has a name, as it keeps the queue.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { z } from 'zod';
import type { PlaceEngine } from '../activities/targets/kind.port.ts';
import type { HostSettings } from '../contracts/config/host.ts';
import { placeNameWorkflowId } from '../contracts/core/ids.ts';
import { CONTROL_QUEUE, hostQueue } from '../contracts/core/queues.ts';

type NamedHost = Pick<HostSettings, 'name' | 'workDir'>;

const Holder = z.object({ engine: z.string(), machine: z.string(), since: z.string() });
type Holder = z.infer<typeof Holder>;

/** The file in a host's `workDir` that says which engine it is, whatever starts, stops or is pruned there. */
const FILE = 'engine-id';
/** A name that is given up and taken again and again in between. */
const MAX_TRIES = 5;
const LOOK_AGAIN_MS = 30_000;
/** An engine that does not say in this time who it is is away. */
const IDENTITY_MS = 10_000;

interface ClaimOptions {
  readonly client: Client;
  /** Each machine is its own engine. */
  readonly hosts: readonly NamedHost[];
  /** Engines that several machines may serve. One that is away is claimed when it answers. */
  readonly engines?: readonly PlaceEngine[];
  /** Names that are taken from whoever has them: `NAME` of a host, the queue of any other place. */
  readonly taking: readonly string[];
}

export interface ClaimedNames {
  /** Calls back, once for each place, when another engine has taken its name: what serves it here has to stop. */
  watch(onLost: (queue: string, why: Error) => void, everyMs?: number): { stop(): void };
}

interface OwnName {
  readonly name: string;
  readonly queue: string;
  /** As LANDFALL_TAKE_HOST names it. */
  readonly taken: string;
  /** @throws whatever keeps it from being known now */
  readonly engine: () => Promise<string>;
}

/**
 * Takes the names of the places that this process serves; one that the same engine has already is success.
 *
 * @throws Error that names the machine which has a name, and says what to do
 */
export async function claimPlaceNames({ client, hosts, engines = [], taking }: ClaimOptions): Promise<ClaimedNames> {
  const own = [...(await Promise.all(hosts.map(ownHost))), ...engines.map(ownEngine)];
  for (const one of own) {
    const engine = await one.engine().catch(() => undefined);
    const other = engine && (await claim(client, one, engine, taking.includes(one.taken)));
    if (other) throw new Error(`Landfall cannot serve ${one.name}: ${taken(one, other)} ${todo(one)}`);
  }

  return {
    watch(onLost, everyMs = LOOK_AGAIN_MS) {
      const watched = new Set(own);
      const look = async () => {
        for (const one of watched) {
          // Temporal or the engine may be away; Temporal may have forgotten it: then it is ours again.
          const other = await one
            .engine()
            .then(
              (engine) => claim(client, one, engine, false),
              () => undefined,
            )
            .catch(() => undefined);
          if (!other) continue;
          watched.delete(one);
          onLost(one.queue, new Error(`This process serves ${one.name} no more: ${taken(one, other)}`));
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

async function ownHost({ name, workDir }: NamedHost): Promise<OwnName> {
  const engine = await engineIn(workDir);
  return { name, queue: hostQueue(name), taken: name, engine: async () => engine };
}

function ownEngine({ name, queue, identity }: PlaceEngine): OwnName {
  return { name, queue, taken: queue, engine: () => identity(AbortSignal.timeout(IDENTITY_MS)) };
}

/** @returns the other one that has it; `undefined`: it is ours */
async function claim(
  client: Client,
  { name, queue }: OwnName,
  engine: string,
  takes: boolean,
): Promise<Holder | undefined> {
  const workflowId = placeNameWorkflowId(queue);
  const memo: Holder = { engine, machine: hostname(), since: new Date().toISOString() };
  const start = (workflowIdConflictPolicy: 'FAIL' | 'TERMINATE_EXISTING') =>
    client.workflow.start('hostName', {
      ...{ workflowId, taskQueue: CONTROL_QUEUE, args: [], workflowIdConflictPolicy, memo: { ...memo } },
      staticSummary: `${name} is served by ${memo.machine}`,
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

const taken = ({ name, queue }: OwnName, { machine, since }: Holder): string =>
  queue === hostQueue(name)
    ? `the name ${name} belongs to another machine, ${machine}, since ${since}.`
    : `the name ${name} belongs to another one, which ${machine} serves since ${since}.`;

function todo({ name, queue, taken: word }: OwnName): string {
  const where =
    queue === hostQueue(name)
      ? '(LANDFALL_HOST of `landfall up`, or "name" in LANDFALL_HOSTS_FILE)'
      : '("name" in its file of settings)';
  return (
    `Give this one a name of its own ${where} and write it into landfall.yaml. ` +
    `If it takes the other one's place, start it once with LANDFALL_TAKE_HOST=${word}.`
  );
}
