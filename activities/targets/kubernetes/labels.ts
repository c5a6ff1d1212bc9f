/** Labels and annotations on what Landfall makes in a cluster. */
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { shortHash } from './short-hash.ts';

export const LABEL = {
  /** Kubernetes' recommended labels. */
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  partOf: 'app.kubernetes.io/part-of',
  component: 'app.kubernetes.io/component',
  instance: 'app.kubernetes.io/instance',
  /** The installation of Landfall. */
  owner: 'landfall.dev/owner',
  /** The environment: its own id may be longer than a label. */
  id: 'landfall.dev/id',
  generation: 'landfall.dev/generation',
} as const;

export const ANNOTATION = {
  /** The environment's id, for people. */
  environment: 'landfall.dev/environment',
  /** The newest generation that wrote the object. */
  generation: 'landfall.dev/generation',
  deployment: 'landfall.dev/deployment',
  /** Everything to bring the run back, as JSON. */
  run: 'landfall.dev/run',
} as const;

/** The field manager of what Landfall applies, and the label on it. */
export const MANAGER = 'landfall';

/** The part that an object has in its environment. */
export const COMPONENT = {
  /** Everything that serves, or leads to what serves. */
  server: 'server',
  variables: 'variables',
  release: 'release-command',
  fence: 'fence',
} as const;
export type Component = (typeof COMPONENT)[keyof typeof COMPONENT];

const ID_DIGITS = 16;

type Labels = Record<string, string>;

/** The labels of everything that one installation makes. */
export const labelsOfOwner = (owner: string): Labels => ({
  [LABEL.managedBy]: MANAGER,
  [LABEL.owner]: owner,
});

/** The labels of everything that one installation makes for one environment. */
export const labelsOf = (owner: string, key: EnvironmentKey): Labels => ({
  ...labelsOfOwner(owner),
  [LABEL.name]: key.service,
  [LABEL.partOf]: key.project,
  [LABEL.id]: labelId(key),
});

/** The environment, in the length of a label. */
const labelId = (key: EnvironmentKey): string => shortHash(environmentId(key), ID_DIGITS);

/** The pods that may serve, of whichever version. */
export const servingLabels = (key: EnvironmentKey): Labels => ({
  [LABEL.id]: labelId(key),
  [LABEL.component]: COMPONENT.server,
});

/** The same, of one generation. */
export const generationLabels = (key: EnvironmentKey, generation: number): Labels => ({
  ...servingLabels(key),
  [LABEL.generation]: String(generation),
});

/** A label selector for lists: the objects of one environment that this installation made. */
export const objectSelector = (owner: string, key: EnvironmentKey, component?: Component): string =>
  asSelector({ [LABEL.owner]: owner, [LABEL.id]: labelId(key), ...(component && { [LABEL.component]: component }) });

/** Labels in the form that a list takes. */
const asSelector = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');

/** The generation in a label or annotation; `undefined` when there is none, or it is no number. */
export function generationIn(values: Readonly<Record<string, string>> | undefined): number | undefined {
  const text = values?.[LABEL.generation] ?? '';
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}
