/** The kinds of target that landfall.yaml knows. */
import { z } from 'zod';
import type { TargetKind, WrittenTarget } from './kind.ts';
import { podman } from './podman.ts';

const TARGETS = { podman } as const satisfies Record<string, TargetKind<z.ZodType>>;

/** `environments.*.target` */
export const TargetFields = z.strictObject({ podman: TARGETS.podman.schema });

/** The same for every kind. Its paths begin at `target`. */
export function writtenTarget({ podman: written }: z.output<typeof TargetFields>): WrittenTarget {
  return below(['target', 'podman'], TARGETS.podman.read(written));
}

type Path = readonly (string | number)[];

function below(start: Path, target: WrittenTarget): WrittenTarget {
  const placed = <T extends { readonly at: Path }>(all: readonly T[]) =>
    all.map((one) => ({ ...one, at: [...start, ...one.at] }));
  return {
    ...target,
    services: placed(target.services),
    servicesAt: [...start, ...target.servicesAt],
    places: placed(target.places),
    addresses: placed(target.addresses),
  };
}
