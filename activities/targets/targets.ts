/** The kinds of target that a process can serve. Adding one: a folder beside this file, and its name here. */
import type { ServedKind } from './kind.port.ts';
import { servedKubernetes } from './kubernetes/kind.ts';
import { servedPodman } from './podman/kind.ts';

export const SERVED_KINDS = { podman: servedPodman, kubernetes: servedKubernetes } as const satisfies Readonly<
  Record<string, ServedKind>
>;
