/** Containers of one engine: the few verbs that deploying needs (libpod API v4, "containers"). */
import { setTimeout as sleep } from 'node:timers/promises';
import { PodmanError, type PodmanClient } from './client.ts';
import { headOfFile } from './container-files.ts';
import { endOfLog, followContainerLog, type LogWindow } from './container-log.ts';

/** An address of a container's port on the host. */
export interface PortBinding {
  readonly address: string;
  readonly port: number;
}

/** `stopped`: its process has ended and the engine is about to clean up, or to start it again. */
export type ContainerState =
  | 'created'
  | 'configured'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'exited'
  | 'paused'
  | 'removing'
  | 'unknown';

export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  readonly imageId: string;
  readonly ports: readonly PortBinding[];
}

export interface ContainerDetail {
  readonly state: ContainerState;
  readonly running: boolean;
  readonly exitCode: number;
  /** The engine has seen the kernel end it for want of memory. It does not see every such end. */
  readonly oomKilled: boolean;
  /** The number of starts by the restart policy since a call started it last. */
  readonly restarts: number;
  /** In milliseconds since the epoch; `null`: never. */
  readonly startedAt: number | null;
}

export interface ContainerProgram {
  readonly program: string;
  readonly env: readonly string[];
  readonly workDir: string;
}

export interface HealthcheckResult {
  readonly status: 'healthy' | 'unhealthy' | 'none';
  /** The exit code of its last run, if the engine reports it; the output is strangers' text. */
  readonly exitCode?: number;
  readonly output?: string;
}

/** The part of libpod's SpecGenerator that we use. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Replaces the image's, and its command with it. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variable → the engine's secret whose value it is given at each start. */
  readonly secret_env?: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly portmappings: readonly {
    readonly container_port: number;
    readonly host_ip: string;
    /** 0: a free one, which the container then keeps for life. */
    readonly host_port: number;
    readonly protocol: 'tcp';
  }[];
  readonly restart_policy: 'always' | 'unless-stopped' | 'no';
  /** Seconds. */
  readonly stop_timeout: number;
  /** `size`: bytes of one container's log file; the oldest part goes. Podman 4 knows it for k8s-file only. */
  readonly log_configuration?: { readonly driver: 'k8s-file' | 'journald'; readonly size?: number };
  readonly resource_limits?: { readonly memory: { readonly limit: number } };
  readonly netns?: { readonly nsmode: 'none' };
  /** The engine removes it once it has ended. */
  readonly remove?: boolean;
  /** Seconds after which the engine kills it. */
  readonly timeout?: number;
  /** Names with `CAP_`, beside and without the engine's own default. */
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly no_new_privileges?: boolean;
}

export type Containers = ReturnType<typeof createContainers>;

/** Creating and starting take 300 ms on a quiet machine; a busy disk may need far longer. */
const SLOW_MS = 60_000;
const EVENTS_MS = 10_000;
/** Between the kill after a stop's patience and the engine's answer. */
const STOP_MARGIN_MS = 30_000;

/** Calls throw what {@link PodmanClient} throws. A signal given to a changing call ends the wait for it, not the change. */
export function createContainers(podman: PodmanClient) {
  const at = (id: string, verb: string) => `/containers/${encodeURIComponent(id)}${verb}`;

  return {
    /** All of them, or those that carry the label; stopped ones too. */
    async list(label?: string, signal?: AbortSignal): Promise<ContainerSummary[]> {
      const query = { all: true, ...(label !== undefined && { filters: JSON.stringify({ label: [label] }) }) };
      const found = await podman.json<ListedContainer[]>('GET', '/containers/json', {
        query,
        ...(signal && { signal }),
      });
      return found.map(summary);
    },

    async inspect(id: string, signal?: AbortSignal): Promise<ContainerDetail> {
      const look = () => podman.json<InspectedContainer>('GET', at(id, '/json'), { ...(signal && { signal }) });
      const { State, RestartCount } = await againWhileEnding(look);
      const { Status, Running, ExitCode, OOMKilled, StartedAt } = State;
      const startedAt = Date.parse(StartedAt);
      return {
        state: Status,
        running: Running,
        exitCode: ExitCode,
        oomKilled: OOMKilled ?? false,
        restarts: RestartCount ?? 0,
        // Go's zero time is the year 1.
        startedAt: startedAt > 0 ? startedAt : null,
      };
    },

    /** The program that it runs, as the engine has put it together from image and settings. */
    async program(id: string, signal: AbortSignal): Promise<ContainerProgram> {
      const { Path, Config } = await podman.json<InspectedContainer>('GET', at(id, '/json'), { signal });
      return { program: Path, env: Config.Env ?? [], workDir: Config.WorkingDir || '/' };
    },

    /** The first bytes of one of its files: see {@link headOfFile}. */
    head: (id: string, wanted: Parameters<typeof headOfFile>[2]): ReturnType<typeof headOfFile> =>
      headOfFile(podman, at(id, ''), wanted),

    /** Not abortable: a container created after an abort would be lost. */
    async create(spec: ContainerSpec): Promise<void> {
      await podman.json('POST', '/containers/create', { body: spec, timeoutMs: SLOW_MS });
    },

    /** One that runs already is success. */
    async start(id: string): Promise<void> {
      await podman.json('POST', at(id, '/start'), { timeoutMs: SLOW_MS });
    },

    /** Makes everything ready for its process (file system, mounts, limits, user) and does not run it. */
    async init(id: string): Promise<void> {
      await podman.json('POST', at(id, '/init'), { timeoutMs: SLOW_MS });
    },

    /**
     * Asks it to end and kills it when its patience is over. One that has ended, or is gone, is success.
     *
     * @param patienceMs - its own stop timeout; 0 kills at once.
     */
    async stop(id: string, patienceMs: number, signal?: AbortSignal): Promise<void> {
      await podman
        .json('POST', at(id, '/stop'), {
          query: { timeout: Math.ceil(patienceMs / 1_000) },
          timeoutMs: patienceMs + STOP_MARGIN_MS,
          ...(signal && { signal }),
        })
        .catch(unlessGone);
    },

    /**
     * Ends and removes it with its anonymous volumes. One that is gone is success.
     *
     * @param patienceMs - its own stop timeout; 0 kills at once.
     */
    async remove(id: string, patienceMs = 0): Promise<void> {
      const query = { force: true, timeout: Math.ceil(patienceMs / 1_000), v: true };
      await podman.json('DELETE', at(id, ''), { query, timeoutMs: patienceMs + SLOW_MS }).catch(unlessGone);
    },

    /** Runs the image's HEALTHCHECK now. */
    async healthcheck(id: string, signal: AbortSignal): Promise<HealthcheckResult> {
      try {
        const { Status } = await podman.json<{ Status: string }>('GET', at(id, '/healthcheck'), { signal });
        if (Status === 'healthy') return { status: 'healthy' };
        // The answer says no more; the engine keeps what the check printed.
        const { State } = await podman.json<InspectedContainer>('GET', at(id, '/json'), { signal });
        const last = (State.Health ?? State.Healthcheck)?.Log?.at(-1);
        return { status: 'unhealthy', ...(last && { exitCode: last.ExitCode, output: last.Output }) };
      } catch (error) {
        if (!(error instanceof PodmanError) || error.status !== 409) throw error;
        // The engine also answers 409 for a container that has just ended.
        return { status: /no defined healthcheck/.test(error.message) ? 'none' : 'unhealthy' };
      }
    },

    /** Its first end since then: exit code and time; `undefined` when the engine's events do not show it. */
    async firstEnd(id: string, since: Date, signal: AbortSignal): Promise<{ exitCode: number; at: Date } | undefined> {
      const filters = JSON.stringify({ container: [id], event: ['died'] });
      const query = { stream: false, since: since.toISOString(), filters };
      const limited = AbortSignal.any([signal, AbortSignal.timeout(EVENTS_MS)]);
      for await (const event of podman.lines('GET', '/events', { query, signal: limited })) {
        // The engine itself looks at whole seconds only.
        const ms = Number(event['timeNano']) / 1e6;
        if (ms < since.getTime()) continue;
        const { Attributes } = event['Actor'] as { Attributes?: Readonly<Record<string, string>> };
        return { exitCode: Number(Attributes?.['containerExitCode']), at: new Date(Math.ceil(ms)) };
      }
      return undefined;
    },

    /** The end of what it has printed since then, oldest first. */
    logs: (id: string, wanted: LogWindow): Promise<string> => endOfLog(podman, at(id, '/logs'), wanted),

    /** Follows the output from its beginning to its end. */
    follow: (id: string, signal: AbortSignal): AsyncGenerator<string> =>
      followContainerLog(podman, at(id, '/logs'), signal),
  };
}

const LOOKS = 5;
const LOOK_AGAIN_MS = 20;

/**
 * Podman before 4.4 refuses a look at a container whose process ends between two of its own reads
 * (containers/podman issue 16383). A moment later it knows that the container has ended.
 */
async function againWhileEnding<T>(look: () => Promise<T>): Promise<T> {
  for (let left = LOOKS; ; left -= 1) {
    try {
      return await look();
    } catch (error) {
      if (left === 1 || !(error instanceof PodmanError && /\/proc\/\d+\/cgroup: no such/.test(error.message)))
        throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

/** For removals and the like: what is not there needs no removing. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof PodmanError) || error.status !== 404) throw error;
}

interface ListedContainer {
  readonly Id: string;
  readonly Names: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly State: ContainerState;
  readonly ImageID: string;
  readonly Ports: readonly { readonly host_ip: string; readonly host_port: number }[] | null;
}

interface InspectedHealth {
  readonly Log?: readonly { readonly ExitCode: number; readonly Output: string }[] | null;
}

interface InspectedContainer {
  readonly State: {
    readonly Status: ContainerState;
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly OOMKilled?: boolean;
    readonly Health?: InspectedHealth;
    /** Its name before Podman 4. */
    readonly Healthcheck?: InspectedHealth;
    readonly StartedAt: string;
  };
  readonly RestartCount?: number;
  readonly Path: string;
  readonly Config: { readonly Env?: readonly string[] | null; readonly WorkingDir?: string };
}

function summary({ Id, Names, Labels, State, ImageID, Ports }: ListedContainer): ContainerSummary {
  return {
    id: Id,
    name: Names?.[0] ?? Id,
    labels: Labels ?? {},
    state: State,
    imageId: ImageID,
    // Podman writes "all addresses" as an empty one.
    ports: (Ports ?? []).map(({ host_ip, host_port }) => ({ address: host_ip || '0.0.0.0', port: host_port })),
  };
}
