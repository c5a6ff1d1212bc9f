/** The images that a Dockerfile builds on: `FROM`, `COPY --from` and `RUN --mount=from=`. */
import { instructionsOf, type Instruction } from './dockerfile/instructions.ts';

type Variables = ReadonlyMap<string, string>;

export interface Base {
  readonly image: string;
  /** `linux/arm64`, when it is to be another one than this host's. */
  readonly platform?: string;
}

/**
 * Each once, in the order in which the Dockerfile names them. Its own stages and `scratch` are none. A name that depends on
 * something unknown is left out: the engine knows more, and pulls it by itself.
 *
 * @param args - the build's arguments, which win over the defaults of `ARG`
 * @throws `UnsafeSource`, as {@link instructionsOf} does
 */
export function baseImages(dockerfile: string, args: Readonly<Record<string, string>>): readonly Base[] {
  const images = new Map<string, Base>();
  const stages = new Set<string>(['scratch']);
  const variables = new Map<string, string>();
  const add = (image: string | undefined, platform?: string) => {
    if (image === undefined || !REFERENCE.test(image) || stages.has(image.toLowerCase())) return;
    images.set(image, { image, ...(platform !== undefined && PLATFORM.test(platform) && { platform }) });
  };
  let stage = 0;
  for (const instruction of instructionsOf(dockerfile).certain) {
    const { keyword: name, rest } = instruction;
    const flags = optionsOf(instruction);
    if (name === 'ARG' && stage === 0) declare(variables, rest, args);
    if (name === 'FROM') {
      const [image = '', as, alias] = rest.split(/\s+/);
      const platform = flags.find(([flag]) => flag === 'platform')?.[1];
      add(substitute(unquoted(image), variables), platform && substitute(platform, variables));
      if (as?.toLowerCase() === 'as' && alias !== undefined) stages.add(alias.toLowerCase());
      stages.add(String(stage));
      stage += 1;
    }
    if (name === 'COPY') for (const [flag, value] of flags) if (flag === 'from') add(value);
    if (name === 'RUN') {
      for (const [flag, value] of flags) if (flag === 'mount') add(/(?:^|,)from=([^,]+)/.exec(value)?.[1]);
    }
  }
  return [...images.values()];
}

/** `--from=x` as `['from', 'x']`: those of COPY still stand in front of its arguments. */
function optionsOf({ keyword, flags, rest }: Instruction): readonly (readonly [string, string])[] {
  const all = keyword === 'COPY' ? (/^(?:--\S+(?:\s+|$))*/.exec(rest)?.[0].trim().split(/\s+/) ?? []) : flags;
  return all.flatMap((flag) => {
    const [, name, value = ''] = /^--([a-z]+)(?:=(\S*))?$/i.exec(flag) ?? [];
    return name === undefined ? [] : [[name.toLowerCase(), unquoted(value)] as const];
  });
}

const unquoted = (text: string): string => text.replaceAll(/["']/g, '');

/** `$BUILDPLATFORM` and the like are this host's own. */
const PLATFORM = /^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/;
/** Nothing that is still to be substituted, and nothing that could be anything but a name. */
const REFERENCE = /^[a-z0-9][\w.:/@+-]{0,500}$/i;

/** `ARG a=1 b="2" c` */
function declare(variables: Map<string, string>, rest: string, args: Readonly<Record<string, string>>): void {
  for (const [, name = '', value] of rest.matchAll(/([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|\S*))?/g)) {
    const given = args[name] ?? (value === undefined ? undefined : substitute(unquoted(value), variables));
    if (given !== undefined) variables.set(name, given);
  }
}

const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^}]*))?\})/g;

/** Variables are filled in as Docker does. @returns `undefined` when a variable is not known */
function substitute(text: string, variables: Variables): string | undefined {
  const unknown = new Set<string>();
  const result = text.replace(
    VARIABLE,
    (_, plain?: string, braced?: string, operator?: string, other: string = ''): string => {
      const name = plain ?? braced ?? '';
      const value = variables.get(name);
      const isSet = value !== undefined && (value !== '' || operator?.startsWith(':') !== true);
      if (operator?.endsWith('+')) return isSet ? other : '';
      if (isSet) return value;
      if (operator === undefined) unknown.add(name);
      return other;
    },
  );
  return unknown.size === 0 ? result : undefined;
}
