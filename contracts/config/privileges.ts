/**
 * The rights of a deployed container's processes beyond those of an ordinary program (capabilities(7), no_new_privs in
 * prctl(2)).
 */
import { z } from 'zod';

/** Podman's own default (containers.conf(5), `default_capabilities`); each can be taken away. */
const DEFAULT = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
] as const;

/** Engines that are configured so grant them as well: Landfall takes them away. */
const TAKEN_AWAY = ['AUDIT_WRITE', 'MKNOD', 'NET_RAW'] as const;

/**
 * Capabilities that a service may have. None of them opens the host: NET_ADMIN, SYS_ADMIN and their like are left out.
 */
const ASKABLE = [...TAKEN_AWAY, 'IPC_LOCK', 'SYS_NICE'] as const;

export interface Privileges {
  /** Names without `CAP_`. */
  readonly add: readonly string[];
  readonly drop: readonly string[];
  /** True: a program gains rights by its setuid bit or its file capabilities. */
  readonly setuid: boolean;
}

/** In `landfall.yaml`: names with or without `CAP_`, in any letters, as people know them from other tools. */
const named = <const T extends readonly [string, ...string[]]>(names: T) =>
  z
    .string()
    .transform((name) => name.toUpperCase().replace(/^CAP_/, ''))
    .pipe(z.enum(names, { error: `use one of ${names.join(', ')}` }));

export const privilegeFields = {
  capabilities: z
    .strictObject({
      add: z
        .array(named(ASKABLE))
        .max(20)
        .default([])
        .describe(`Of ${ASKABLE.join(', ')}.`),
      drop: z
        .array(named([...DEFAULT, ...ASKABLE]))
        .max(20)
        .default([]),
    })
    .prefault({})
    .describe('Linux capabilities beside or without the default, which has neither NET_RAW nor MKNOD.'),
  setuid: z.boolean().default(false).describe('true: sudo, ping and the like gain rights (no_new_privs is not set).'),
} as const;

interface Written {
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly setuid: boolean;
}

/** The privileges in the engine's form. A capability that is both added and dropped is dropped. */
export function privilegesOf({ capabilities, setuid }: Written): Privileges {
  const { add, drop } = capabilities;
  const added = new Set(add.filter((name) => !drop.includes(name)));
  const dropped = new Set([...drop, ...TAKEN_AWAY].filter((name) => !added.has(name)));
  return { add: [...added].sort(), drop: [...dropped].sort(), setuid };
}
