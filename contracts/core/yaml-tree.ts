/**
 * The second half of reading YAML: document → plain values, each of which knows where it stands and how it was written.
 *
 * Keys are the text as written, so that `1.10` and `yes` stay what they are; two equal ones are found by a look-up, not
 * by comparing each with all others. Aliases share what they stand for and are counted as if they were written out.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Document,
  type LineCounter,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { limitProblems, wholeText, type YamlProblem } from './yaml-text.ts';

export interface YamlNode {
  /** Its beginning, in characters. */
  readonly at: number;
  /** Values below it, itself included, with aliases written out. */
  readonly size: number;
  /** The same for the characters of all texts below it. */
  readonly characters: number;
  readonly content:
    | {
        readonly kind: 'map';
        readonly entries: ReadonlyMap<string, { readonly keyAt: number; readonly node: YamlNode }>;
      }
    | { readonly kind: 'list'; readonly items: readonly YamlNode[] }
    /** `written`: the text between the quotes, or as it stands where there are none. */
    | { readonly kind: 'scalar'; readonly value: unknown; readonly written: string };
}

type Path = readonly (string | number)[];

/** With aliases written out. */
const MAX_VALUES = 20_000;
const MAX_CHARACTERS = 1024 * 1024;
/** Types of JSON. Others (`!!binary`, `!!set`, `!anything`) would change a value on its way. */
const TAGS = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((type) => `tag:yaml.org,2002:${type}`));

class AliasLimit extends Error {}

/** @returns problems with line and column for equal keys, unknown aliases, tags, and keys that are no text */
export function yamlTree(
  document: Document,
  lines: LineCounter,
): { readonly ok: true; readonly root: YamlNode } | { readonly ok: false; readonly problems: readonly YamlProblem[] } {
  const problems: YamlProblem[] = [];
  const anchors = new Map<string, YamlNode>();
  const unfolded = { values: 0, characters: 0 };
  const report = (at: number, message: string): void => {
    const { line, col } = lines.linePos(at);
    problems.push({ line, column: col, path: '', message });
  };

  function build(node: ParsedNode | null, at: number): YamlNode {
    const start = node?.range[0] ?? at;
    if (isAlias(node)) return unfold(node.source, start);
    if (node?.tag !== undefined && !TAGS.has(node.tag)) report(start, `the tag ${node.tag} is not taken: remove it`);
    const built = isMap(node) ? map(node, start) : isSeq(node) ? list(node, start) : scalar(node, start);
    if (node?.anchor !== undefined) anchors.set(node.anchor, built);
    return built;
  }

  function unfold(name: string, at: number): YamlNode {
    const target = anchors.get(name);
    if (!target) {
      report(at, `no anchor &${name} ends before this alias`);
      return scalar(null, at);
    }
    unfolded.values += target.size;
    unfolded.characters += target.characters;
    if (unfolded.values > MAX_VALUES || unfolded.characters > MAX_CHARACTERS) throw new AliasLimit();
    return { ...target, at };
  }

  function map(node: YAMLMap.Parsed, at: number): YamlNode {
    const entries = new Map<string, { keyAt: number; node: YamlNode }>();
    for (const { key, value } of node.items) {
      const keyAt = key.range[0];
      const name = isScalar(key) ? written(key) : undefined;
      const below = build(value, keyAt);
      if (name === undefined || name === '') report(keyAt, 'a key is one text: no list, map or alias, and not empty');
      else if (name === '__proto__') report(keyAt, 'no key can be called "__proto__"');
      else if (entries.has(name)) report(keyAt, `Map keys must be unique: ${JSON.stringify(name)} is already there`);
      else entries.set(name, { keyAt, node: below });
    }
    return { at, ...sum([...entries.values()].map((one) => one.node)), content: { kind: 'map', entries } };
  }

  function list(node: YAMLSeq.Parsed, at: number): YamlNode {
    const items = node.items.map((item) => build(item, at));
    return { at, ...sum(items), content: { kind: 'list', items } };
  }

  function scalar(node: ParsedNode | null, at: number): YamlNode {
    const [value, text] = isScalar(node) ? [node.value, written(node)] : [null, ''];
    return { at, size: 1, characters: text.length, content: { kind: 'scalar', value, written: text } };
  }

  let root: YamlNode;
  try {
    root = build(document.contents as ParsedNode | null, 0);
  } catch (error) {
    if (!(error instanceof AliasLimit)) throw error;
    return wholeText(`its aliases unfold into more than ${MAX_VALUES} values or 1 MiB: write less of them`);
  }
  return problems.length > 0 ? { ok: false, problems: limitProblems(problems, (one) => one) } : { ok: true, root };
}

const sum = (nodes: readonly YamlNode[]): Pick<YamlNode, 'size' | 'characters'> => ({
  size: nodes.reduce((total, { size }) => total + size, 1),
  characters: nodes.reduce((total, { characters }) => total + characters, 0),
});

const written = (node: { readonly source?: string; readonly value: unknown }): string =>
  node.source ?? String(node.value);

/**
 * Plain values, as JSON has them.
 *
 * @param isText - where a scalar is its text as written, whatever type YAML sees in it; nothing stays `null`
 */
export function plainValue({ content }: YamlNode, isText: (path: Path) => boolean, path: Path = []): unknown {
  if (content.kind === 'list') return content.items.map((item, index) => plainValue(item, isText, [...path, index]));
  if (content.kind === 'map') {
    return Object.fromEntries(
      [...content.entries].map(([key, { node }]) => [key, plainValue(node, isText, [...path, key])]),
    );
  }
  return content.value !== null && isText(path) ? content.written : content.value;
}

/** The beginning of the deepest existing part of the path: an entry at its key, an item at its beginning. */
export function placeOf(root: YamlNode, path: Path): number {
  let [node, at]: [YamlNode, number] = [root, 0];
  for (const part of path) {
    const { content } = node;
    const entry = content.kind === 'map' ? content.entries.get(String(part)) : undefined;
    const item = content.kind === 'list' ? content.items[Number(part)] : undefined;
    const next = entry?.node ?? item;
    if (!next) break;
    [node, at] = [next, entry?.keyAt ?? next.at];
  }
  return at;
}
