/** Reading `landfall.yaml`, with line and column for every problem. */
import type { LineCounter } from 'yaml';
import { limitProblems, parseYaml, type YamlProblem } from '../core/yaml-text.ts';
import { placeOf, plainValue, yamlTree, type YamlNode } from '../core/yaml-tree.ts';
import { suggestKeys } from '../core/known-keys.ts';
import { schemaProblems, type SchemaProblem } from '../core/schema-problems.ts';
import { impossibleSettings } from './impossible-settings.ts';
import { LandfallYaml } from './landfall-schema.ts';
import { withKeptNames, type OtherName } from './other-names.ts';
import { unlikelySettings } from './unlikely-settings.ts';
import { mentionsIn, type Mention } from './yaml-mentions.ts';

export const LANDFALL_YAML = 'landfall.yaml';

export type { YamlProblem } from '../core/yaml-text.ts';

export type ReadResult =
  | {
      readonly ok: true;
      readonly value: LandfallYaml;
      /** Settings that will hardly do what they were written for, as far as the file alone tells. */
      readonly warnings: readonly YamlProblem[];
      /** References that only a server or the repository can judge. */
      readonly mentions: readonly Mention[];
    }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** Reads a text that may be a stranger's. The caller chooses how: in a thread, when the text is large. */
export type ReadLandfallYaml = (text: string, names?: readonly OtherName[]) => Promise<ReadResult>;

interface ReadOptions {
  /** In milliseconds since the epoch: what is over is warned of. */
  readonly now?: number;
  /** Other names of what the file's repository has. The value is in those under which it is kept, places as written. */
  readonly names?: readonly OtherName[];
}

/** Parses and checks a whole file, with work in proportion to its size (yaml-text.ts). */
export function readLandfallYaml(text: string, { now = Date.now(), names = [] }: ReadOptions = {}): ReadResult {
  const parsed = parseYaml(text);
  if (!parsed.ok) return parsed;
  const { document, lines } = parsed;
  const tree = yamlTree(document, lines);
  if (!tree.ok) return tree;
  const { root } = tree;
  const many = tooMany(root, lines);
  if (many) return { ok: false, problems: [many] };
  const read = LandfallYaml.safeParse(plainValue(root, isVariable));
  const found: readonly SchemaProblem[] = read.success
    ? impossibleSettings(read.data)
    : suggestKeys(schemaProblems(read.error.issues), LandfallYaml);
  // An unknown key is pointed at itself, a missing one at the place where it is missing.
  const placed = (all: readonly SchemaProblem[]) =>
    limitProblems(all, ({ path, key, message }) => {
      const { line, col } = lines.linePos(placeOf(root, key === undefined ? path : [...path, key]));
      return { line, column: col, path: path.join('.'), message };
    });
  if (!read.success || found.length > 0) return { ok: false, problems: placed(found) };
  // Each name is replaced by the one that it stands for: a file that has both names of a service means one.
  const kept = withKeptNames(read.data, names);
  if (!kept.ok) return { ok: false, problems: placed(kept.problems) };
  const { value, written } = kept;
  const mentions = mentionsIn(value).map(({ at, ...one }) => {
    const path = written(at);
    const { line, col } = lines.linePos(placeOf(root, path));
    return { ...one, line, column: col, path: path.join('.') };
  });
  const warnings = unlikelySettings(value, now).map((one) => ({ ...one, path: written(one.path) }));
  return { ok: true, value, warnings: placed(warnings), mentions };
}

/** The largest files that we know of have a tenth. Each is checked in full, with all its defaults. */
const MOST = { services: 100, environments: 50 } as const;

function tooMany({ content }: YamlNode, lines: LineCounter): YamlProblem | undefined {
  for (const [name, most] of Object.entries(MOST)) {
    const entry = content.kind === 'map' ? content.entries.get(name) : undefined;
    if (entry?.node.content.kind !== 'map' || entry.node.content.entries.size <= most) continue;
    const { line, col } = lines.linePos(entry.keyAt);
    return { line, column: col, path: name, message: `name at most ${most}: split the project` };
  }
  return undefined;
}

/** `services.*.run.env.*` and `services.*.build.args.*`: texts for programs, so `1.10` stays `1.10`. */
const isVariable = ([first, , part, kind, ...rest]: readonly (string | number)[]): boolean =>
  first === 'services' &&
  rest.length === 1 &&
  ((part === 'run' && kind === 'env') || (part === 'build' && kind === 'args'));
