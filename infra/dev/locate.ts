/** Finds the programs that Landfall runs but does not contain. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { VENV_BIN } from '../setup/places.mjs';
import tools from '../tools.json' with { type: 'json' };

export type Tool = keyof typeof tools;

/** Daemons are installed outside an ordinary user's PATH. */
const OUTSIDE_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/bin'];

/** Commands, and what installs the tools that each needs. */
const SETUPS = [
  ['up', 'landfall setup'],
  ['demo', 'landfall setup --demo'],
] as const;
type Needing = (typeof SETUPS)[number][0];

const isNeededBy = (tool: Tool, command: Needing): boolean =>
  (tools[tool].neededBy as readonly string[]).includes(command);

/** @throws Error as {@link where}, for the first missing one of the tools that the command needs */
export function assertTools(command: Needing): void {
  for (const tool of Object.keys(tools) as Tool[]) if (isNeededBy(tool, command)) where(tool);
}

/**
 * The tool's absolute path: PATH first, then what `infra/setup` installed.
 *
 * @throws Error that says what is missing, what it is for and how to install it.
 */
export function where(tool: Tool): string {
  const path = find(tool);
  if (path !== undefined) return path;
  const { names, purpose, install } = tools[tool];
  const setup = SETUPS.find(([command]) => isNeededBy(tool, command))?.[1];
  const how = setup === undefined ? 'Install' : `Run \`${setup}\` on Debian or Ubuntu, or install`;
  throw new Error(
    `${names.join(' or ')} was not found on PATH. It is needed for ${purpose}. ${how} it (${install}) and try again.`,
  );
}

/** Like {@link where}, for optional tools. */
export function find(tool: Tool): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), VENV_BIN, ...OUTSIDE_PATH];
  return tools[tool].names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
