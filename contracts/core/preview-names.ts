/** Names of previews. They import nothing, so that the workflow sandbox can have them. */

/** Variables and secrets are set under this name of no environment, for all previews of a service together. */
export const PREVIEW_VARIABLES = 'previews';

/** The environment of a pull request: `pr-7`. */
export const previewEnvironment = (number: number): string => `pr-${number}`;

/** GitHub's numbers of pull requests have ten digits at most. */
export const PREVIEW_ENVIRONMENT = /^pr-([1-9][0-9]{0,9})$/;

/** The pull request of a preview's environment; `undefined` for any other environment. */
export function previewNumber(environment: string): number | undefined {
  const [, digits] = PREVIEW_ENVIRONMENT.exec(environment) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The environment under whose name the variables and secrets of this one are kept. */
export const variablesEnvironment = (environment: string): string =>
  previewNumber(environment) === undefined ? environment : PREVIEW_VARIABLES;

/** The reason why a file can have no environment of this name, in words; `undefined` when it can. */
export function whyReservedName(environment: string): string | undefined {
  if (environment === PREVIEW_VARIABLES)
    return `"${environment}" is the name of all previews together: use another one`;
  if (/^pr-\d+$/.test(environment)) return `"${environment}" is the name of a pull request's preview: use another one`;
  return undefined;
}
