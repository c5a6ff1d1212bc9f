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

/** The name for people: what something is called, or else what it is kept as. */
export const shownAs = <K extends ServiceKey>({
  key,
  called,
}: {
  readonly key: K;
  readonly called?: ServiceKey | undefined;
}): K => ({
  ...key,
  ...called,
});

export interface EnvironmentKey extends ServiceKey {
  readonly environment: string;
}
