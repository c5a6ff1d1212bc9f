/**
 * `landfall up`: everything on one machine, kept running until a stop. The parts that decide stop then; those that
 * carry traffic (proxy, registry, containers) go on, and the next start adopts them.
 */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Memory } from '../../infra/dev/daemon.ts';
import { giveBackAtRest } from '../../infra/runtime-tuning/rest.mjs';
import { isTuned } from '../../infra/runtime-tuning/tuning.mjs';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { paint, progress, printResult } from '../context.ts';
import { assertOurs } from '../data-dir.ts';
import { textTable } from '../show/table.ts';
import { ensureTokensFile } from './access-token.ts';
import type { Kept } from './keep-running.ts';
import { keepRunning } from './keep-running.ts';
import { startLandfall } from './landfall.ts';
import { boundLogs } from './logs.ts';
import type { Keep, Tell } from './parts.ts';
import { startDatabase, hosts, registry, temporal } from './parts.ts';
import { checkPodman } from './podman-socket.ts';
import { assertFree } from './ports.ts';
import { takeFolder } from './run-record.ts';
import type { UpOptions, UpSettings } from './settings.ts';
import { landfallEnv, readSettings } from './settings.ts';
import { formatClock } from '../../contracts/core/time.ts';

/**
 * Starts all parts in order, prints where they answer, and returns once a signal has ended it and those that decide are
 * stopped.
 *
 * @throws CliError when something is missing or a part does not stay up. A start that fails first stops what it began
 *   and nothing needs.
 */
export async function up(context: CommandContext, options: UpOptions): Promise<void> {
  const settings = readSettings(context, options);
  if (settings.hostsFile === undefined && settings.podmanIsGiven) await checkPodman(settings.podmanSocket);
  await mkdir(settings.dir, { recursive: true, mode: 0o700 });
  await assertOurs(settings.dir);
  const record = await takeFolder(settings.dir);
  const tell = (line: string) =>
    progress(context, `${paint(context, 'stderr', 'dim', formatClock(Date.now()))}  ${line}`);
  const parts: Kept[] = [];
  const keep: Keep = async (name, start) => {
    const note = (pid: number) => record.note(name, pid);
    const lasting: Memory = {
      former: () => record.former(name),
      remember: (pid, made) => record.note(name, pid, made),
    };
    // A lasting part has been noted when it was started; noted again, what it was made from would be lost.
    const started = async (pid: number) => (record.former(name)?.pid === pid ? undefined : note(pid));
    context.signal.throwIfAborted();
    tell(`starting ${name}`);
    const part = await keepRunning(name, () => start({ note, lasting }), { tell, started }).catch((error: unknown) => {
      throw notStarted(name, error, settings.dir);
    });
    parts.push(part);
    return part;
  };
  let unfinished = true;
  const endBounds = boundLogs(settings.dir);
  try {
    await startAll(context, settings, { keep, tell, end: stopAll(context, options) });
    unfinished = false;
    if (isTuned(context.env)) giveBackAtRest();
    const ended = context.signal.aborted ? undefined : once(context.signal, 'abort');
    await Promise.race([ended, ...parts.map(({ lost }) => lost)]);
    tell(`stopping Landfall; services are served until ${stopAll(context, options)}`);
  } finally {
    // Last started first: Landfall goes before what it needs, the database last.
    for (const part of parts.toReversed()) await part.leave(unfinished);
    endBounds();
    await record.leave();
  }
}

/** The command as a person can type it here. */
const stopAll = ({ env }: CommandContext, { dataDir: given }: UpOptions): string =>
  given === undefined || given === env['LANDFALL_DATA_DIR']
    ? '`landfall down`'
    : `\`landfall down --data-dir ${given}\``;

/** The part's own error holds the end of its log. */
function notStarted(name: string, error: unknown, dir: string): CliError {
  if (error instanceof CliError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new CliError(`Start ${name}`, why, `Its whole log is in ${dir}; \`landfall doctor\` checks the machine.`, {
    cause: error,
  });
}

interface Starting {
  readonly keep: Keep;
  readonly tell: Tell;
  /** The command that ends everything, as a person can type it. */
  readonly end: string;
}

async function startAll(context: CommandContext, settings: UpSettings, { keep, tell, end }: Starting): Promise<void> {
  const { dir, listenUrl, publicUrl } = settings;
  await assertFree(listenUrl, 'Landfall', '--listen');
  const created = await ensureTokensFile(settings.tokensFile);
  const databaseUrl = await startDatabase(settings, keep, tell);
  const temporalAddress = await temporal(settings, keep);
  const { address, authFile } = await registry(settings, keep);
  const found = { temporalAddress, registry: address, hostsFile: await hosts(settings, keep, tell) };
  const env = landfallEnv(settings, { ...found, databaseUrl, authFile });
  const logFile = join(dir, 'landfall.log');
  await keep('landfall', ({ note }) =>
    startLandfall({ tuning: settings.tuning, env, listenUrl, logFile, spawned: note, signal: context.signal }),
  );
  await writeFile(settings.addressFile, `${listenUrl}\n`);

  const temporalPages = settings.temporalAddress
    ? []
    : [['Temporal', `http://127.0.0.1:${String(settings.ports.temporalUi)}`]];
  const webhook = `${publicUrl}/api/webhooks/github`;
  const rows = [
    ['Landfall', publicUrl],
    ['Webhooks', webhook],
    ...temporalPages,
    ...webRows(settings.web),
    ['Registry', registryWords(found.registry, authFile)],
  ];
  const token = `${created ? 'A new access token is' : 'The access tokens are'} in ${settings.tokensFile}; commands on this machine find it there.`;
  const document = {
    url: publicUrl,
    webhook,
    ...found,
    ...(authFile && { registryAuthFile: authFile }),
    tokensFile: settings.tokensFile,
    dataDir: dir,
  };
  const ends = `Ctrl-C stops Landfall. Services go on being served until ${end}.`;
  printResult(context, document, `\n${textTable(rows, '  ')}\n\n  ${token}\n  ${ends}`);
}

/** The addresses at which services answer by their names. */
const webRows = (web: UpSettings['web']): readonly (readonly [string, string])[] =>
  web ? [['Names', `${web.address}, ports ${web.httpPort} (HTTP) and ${web.httpsPort} (HTTPS)`]] : [];

const registryWords = (address: string, authFile: string | undefined): string =>
  authFile === undefined ? address : `${address} (its password is in ${authFile})`;
