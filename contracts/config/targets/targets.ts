/** The kinds of target that landfall.yaml knows. Adding one: a file beside this one, and its name here. */
import { kubernetes } from './kubernetes.ts';
import { podman } from './podman.ts';
import { targetRegistry } from './registry.ts';

export const KINDS = { podman, kubernetes } as const;

export const {
  fields: TargetFields,
  written: writtenTarget,
  settings: targetSettings,
  renamed: renamedTarget,
  previewFields: PreviewTargetFields,
  filled: filledTarget,
} = targetRegistry(KINDS);
