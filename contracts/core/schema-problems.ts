/**
 * A schema's findings, in our own words: the same for files, requests, forms and events.
 *
 * Zod's sentences name types of programs ("Invalid input: expected record"), and say nothing at all of what is wrong
 * with a key or with each form of a union. Ours say what to write, at the place that is wrong.
 */
import type { z } from 'zod';

export interface SchemaProblem {
  readonly path: readonly (string | number)[];
  /** A key that is wrong itself. It stands below `path`, and its value does not matter. */
  readonly key?: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** The beginnings of the sentences that zod makes itself; a schema's own are kept. */
const GENERIC = /^(?:Invalid |Too (?:big|small): |Unrecognized keys?: )/;
const MISSING = /received undefined$/;
const MAX_SHOWN_KEY = 60;

/** The problems under one issue: more than one for several unknown keys, and for the parts of a union. */
export function schemaProblems(issues: readonly Issue[], above: SchemaProblem['path'] = []): SchemaProblem[] {
  return issues.flatMap((issue): SchemaProblem[] => {
    const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({ path, key, message: `unrecognized key ${shownKey(key)}` }));
      case 'invalid_key': {
        const inner = issue.issues.map((one) => sentence(one)).join('; ');
        return [{ path, message: inner || `${shownKey(path.at(-1) ?? '')} cannot be a key here` }];
      }
      case 'invalid_element':
        return schemaProblems(issue.issues, path);
      case 'invalid_union':
        return unionProblems(issue.errors, path) ?? [{ path, message: sentence(issue) }];
      default:
        return [{ path, message: sentence(issue) }];
    }
  });
}

/** Everything that is wrong, in one line for a program or a person that sent it. */
export const schemaSentence = (error: z.core.$ZodError): string => problemsSentence(schemaProblems(error.issues));

export const problemsSentence = (problems: readonly SchemaProblem[]): string =>
  problems
    .slice(0, MAX_LISTED)
    .map(({ path, message }) =>
      path.length === 0 ? message : `${path.map(String).map(shownPart).join('.')}: ${message}`,
    )
    .join('; ') + more(problems.length);

const MAX_LISTED = 20;
const more = (count: number): string => (count > MAX_LISTED ? `; and ${count - MAX_LISTED} more` : '');
const shownPart = (part: string): string => (part.length > MAX_SHOWN_KEY ? `${part.slice(0, MAX_SHOWN_KEY)}…` : part);
const shownKey = (key: string | number): string => JSON.stringify(shownPart(String(key)));

/** The form that was most likely meant: it knows the most of the keys that are there, then it misses the fewest. */
function unionProblems(forms: readonly (readonly Issue[])[], path: SchemaProblem['path']): SchemaProblem[] | undefined {
  const ofOtherType = forms.every((issues) => issues.some(isOfType));
  if (ofOtherType) {
    const types = forms.flatMap((issues) => issues.filter(isOfType).map((issue) => typeName(issue.expected)));
    return types.length === 0 ? undefined : [{ path, message: `use ${either([...new Set(types)])}` }];
  }
  const [best] = forms
    .filter((issues) => !issues.some(isOfType))
    .toSorted((one, other) => foreign(one) - foreign(other));
  return best && formProblems(best, forms, path);
}

/** The problems of the form that was meant, with what only the other forms tell: keys of two forms, and the keys of none. */
function formProblems(
  best: readonly Issue[],
  forms: readonly (readonly Issue[])[],
  path: SchemaProblem['path'],
): SchemaProblem[] {
  const others = forms.filter((form) => form !== best);
  const unknown = unknownKeys(best);
  const mixed = unknown.flatMap((key) => {
    const rivals = others
      .filter((form) => !unknownKeys(form).includes(key))
      .flatMap((form) => unknownKeys(form).filter((rival) => !unknown.includes(rival)));
    return rivals.length === 0 ? [] : [{ key, rivals: [...new Set(rivals)] }];
  });
  const missing = forms.map(missingKeys);
  const names = missing.flat();
  const isNoForm =
    names.length > 1 && missing.every(({ length }) => length === 1) && new Set(names).size === names.length;
  const told = schemaProblems(best, path).filter(
    (one) =>
      !mixed.some(({ key }) => one.key === key && one.path.length === path.length) &&
      !(isNoForm && one.path.length === path.length + 1 && names.includes(String(one.path.at(-1)))),
  );
  return [
    ...told,
    ...mixed.map(({ key, rivals }) => ({
      path: [...path, key],
      message: `it cannot stand beside ${either(rivals)}: keep one of them`,
    })),
    ...(isNoForm ? [{ path, message: `name ${either(names)}` }] : []),
  ];
}

const unknownKeys = (issues: readonly Issue[]): readonly string[] =>
  issues.flatMap((issue) => (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : []));
const missingKeys = (issues: readonly Issue[]): readonly string[] =>
  issues.flatMap((issue) =>
    issue.code === 'invalid_type' && issue.path.length === 1 && MISSING.test(issue.message)
      ? [String(issue.path[0])]
      : [],
  );

type TypeIssue = Extract<Issue, { code: 'invalid_type' }>;
const isOfType = (issue: Issue): issue is TypeIssue => issue.code === 'invalid_type' && issue.path.length === 0;

/**
 * The distance of a value from the form: an unknown key of its own counts most, for its keys tell the form; then an
 * unknown one deeper in it, a missing one, a wrong value.
 */
const foreign = (issues: readonly Issue[]): number =>
  issues.reduce((total, issue) => {
    if (issue.code === 'unrecognized_keys') return total + issue.keys.length * weightOfKey(issue.path.length);
    if (issue.code === 'invalid_type' && issue.expected === 'never') return total + weightOfKey(issue.path.length - 1);
    return total + (MISSING.test(issue.message) ? 100 : 1);
  }, 0);

const weightOfKey = (depth: number): number => (depth === 0 ? 1_000_000 : 10_000);

function sentence(issue: Issue): string {
  if (!GENERIC.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return typeSentence(issue);
    case 'invalid_value':
      return `use ${either(issue.values.map(String))}`;
    case 'too_small':
      return limitSentence(issue.origin, Number(issue.minimum), 'at least');
    case 'too_big':
      return limitSentence(issue.origin, Number(issue.maximum), 'at most');
    case 'invalid_format':
      return `use ${FORMATS[issue.format] ?? `the form ${issue.pattern ?? issue.format}`}`;
    case 'not_multiple_of':
      return `use a multiple of ${issue.divisor}`;
    default:
      return 'this cannot stand here';
  }
}

function typeSentence({ expected, message }: TypeIssue): string {
  if (expected === 'never') return 'this cannot stand here';
  const wanted = typeName(expected);
  if (MISSING.test(message)) return `it is missing: use ${wanted}`;
  const [, received] = /received (\w+)$/.exec(message) ?? [];
  if (expected === 'string' && (received === 'number' || received === 'boolean')) return 'use a text: put it in quotes';
  return received === undefined || received === expected ? `use ${wanted}` : `use ${wanted}, not ${typeName(received)}`;
}

/** A kind of value as people call it, with its article. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  map: 'a map of keys and values',
  null: 'nothing',
  undefined: 'nothing',
  nan: 'something that is no number',
  date: 'a time',
};
const typeName = (type: string): string => (Object.hasOwn(TYPES, type) ? TYPES[type] : undefined) ?? `a ${type}`;

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a moment such as 2026-12-24T00:00:00Z',
  url: 'a URL such as https://example.com',
  ipv4: 'an IPv4 address such as 127.0.0.1',
  uuid: 'a UUID',
};

function limitSentence(origin: string, limit: number, word: string): string {
  if (origin === 'string') return `use ${word} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  if (origin === 'array' || origin === 'set') return `name ${word} ${limit}`;
  if (origin === 'object' || origin === 'record') return `name ${word} ${limit} ${limit === 1 ? 'key' : 'keys'}`;
  return `use a number of ${word} ${limit}`;
}

const either = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? 'nothing') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
