import { parseForeignJson } from '../../../contracts/core/foreign-json.ts';
import { CommandError, run } from '../../exec.ts';

/** Printing a version takes milliseconds. */
const VERSION_MS = 10_000;

/** True when a program is installed on this host, and starts. */
export async function isInstalled(file: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await run({ file, args: ['--version'] }, { signal, timeoutMs: VERSION_MS })).exitCode === 0;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/** A plan has some hundred steps and files. */
const MAX_VALUES = 10_000;

/** The plan that a program wrote about a stranger's repository; `undefined` for what is no plan. */
export function parsePlan(json: Uint8Array): unknown {
  try {
    return parseForeignJson(json, MAX_VALUES);
  } catch {
    return undefined;
  }
}
