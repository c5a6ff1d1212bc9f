/** The common face of all kinds of target, for readers of landfall.yaml: no reader names a kind. */
import { z } from 'zod';
import { own } from '../../core/keys.ts';
import type { TargetSettings } from '../service.ts';
import type { TargetKind, WrittenTarget } from './kind.ts';

export type Kinds = Readonly<Record<string, TargetKind<z.ZodType, z.ZodType>>>;

/** `environments.*.target`: the name of one kind, and its part. */
export type TargetOfFile = Readonly<Record<string, unknown>>;

export type NamedTarget = WrittenTarget & {
  /** The word for one of its places: `host`. */
  readonly noun: string;
};

type Path = readonly (string | number)[];

/** @param kinds - each by the name that it has in the file */
export function targetRegistry(kinds: Kinds) {
  /** The kind that a part of the file names: the schema lets no other through. */
  function found(target: TargetOfFile) {
    const [name = ''] = Object.keys(target);
    const kind = own(kinds, name);
    if (!kind) throw new TypeError(`there is no kind of target called ${JSON.stringify(name)}`);
    return { name, kind, written: target[name] };
  }

  /** Its paths begin at `target`. */
  function written(target: TargetOfFile): NamedTarget {
    const { name, kind, written: part } = found(target);
    return { ...below(['target', name], kind.read(part)), noun: kind.noun };
  }

  /** The form that deployments carry; `undefined` for a service that does not run there. */
  function settings(target: TargetOfFile, service: string): TargetSettings | undefined {
    const { places, addresses, routes: all, certificates, switchMs, kindSettings } = written(target);
    const forService = kindSettings(service);
    if (!forService) return undefined;
    const routes = all.flatMap((one) => (one.service === service ? [one.route] : []));
    return {
      places: places.map(({ name, queue }) => ({ name, queue })),
      ports: addresses.flatMap((address) => (address.service === service ? [address.port] : [])),
      ...(routes.length > 0 && { routes }),
      ...(routes.length > 0 && certificates !== undefined && { certificates }),
      ...(switchMs !== undefined && { switchMs }),
      kindSettings: forService,
    };
  }

  /** With each service under the name under which it is kept. */
  function renamed(target: TargetOfFile, keptOf: (service: string) => string): TargetOfFile {
    const { name, kind, written: part } = found(target);
    return { [name]: kind.renamed(part, keptOf) };
  }

  /** A part of `previews`, as an environment of the pull request has it. */
  function filled(target: TargetOfFile, number: number): TargetOfFile {
    const { name, kind, written: part } = found(target);
    if (!kind.preview) throw new TypeError(`the kind of target called ${JSON.stringify(name)} shows no pull requests`);
    return { [name]: kind.preview.filled(part, number) };
  }

  const previews = Object.entries(kinds).flatMap(([name, { preview }]) => (preview ? [[name, preview] as const] : []));
  return {
    fields: fieldsOf(kinds),
    previewFields: fieldsOf(Object.fromEntries(previews)),
    ...{ written, settings, renamed, filled },
  };
}

/** One kind, and only one. */
function fieldsOf(kinds: Readonly<Record<string, { readonly fields: z.ZodType }>>): z.ZodType<TargetOfFile> {
  const forms = Object.entries(kinds).map(([name, { fields }]) => z.strictObject({ [name]: fields }));
  const [first] = forms;
  if (!first) throw new TypeError('there is no kind of target');
  return forms.length === 1 ? first : z.union(forms);
}

function below(start: Path, target: WrittenTarget): WrittenTarget {
  const placed = <T extends { readonly at: Path }>(all: readonly T[]) =>
    all.map((one) => ({ ...one, at: [...start, ...one.at] }));
  return {
    ...target,
    services: placed(target.services),
    servicesAt: [...start, ...target.servicesAt],
    places: placed(target.places),
    addresses: placed(target.addresses),
    routes: placed(target.routes),
    ...(target.claims && { claims: placed(target.claims) }),
  };
}
