/** How the things of a project are addressed. All parts are names in the sense of names.ts. */

export interface ServiceKey {
  readonly project: string;
  readonly service: string;
}

export interface EnvironmentKey extends ServiceKey {
  readonly environment: string;
}
