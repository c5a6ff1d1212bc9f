/** Addresses of a project's things. All parts are names in the sense of names.ts. */

/**
 * The entry of a record under a name that people made up. `record[name]` would find `constructor` and its like in every
 * record: they belong to the language.
 */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

export interface ServiceKey {
  readonly project: string;
  readonly service: string;
}

export interface EnvironmentKey extends ServiceKey {
  readonly environment: string;
}
