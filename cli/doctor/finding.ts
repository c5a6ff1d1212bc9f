import { CliError, errorText } from '../cli-error.ts';

/** One result of `doctor`. */
export interface Finding {
  readonly name: string;
  /** `optional`: not there, and Landfall runs without it. */
  readonly state: 'ok' | 'optional' | 'missing';
  readonly detail: string;
  /** Advice for a person. */
  readonly todo?: string;
}

/** Runs one check; what it throws is the finding. */
export async function examineOne(
  name: string,
  severity: 'optional' | 'missing',
  check: () => Promise<string>,
): Promise<Finding> {
  try {
    return { name, state: 'ok', detail: await check() };
  } catch (error) {
    if (error instanceof CliError) return { name, state: severity, detail: error.why, todo: error.todo };
    return { name, state: severity, detail: errorText(error).replace(/\.$/, '') };
  }
}
