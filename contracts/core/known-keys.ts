/** Adds to each unrecognized key the one that was meant, as far as one typing error tells. */
import { z } from 'zod';
import { nearest } from './nearest.ts';
import type { SchemaProblem } from './schema-problems.ts';

/** The parts of a JSON Schema that lead to keys. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly allOf?: readonly Node[];
}

/** A person reads no more; each takes a comparison with every key of its place. */
const MOST = 100;

/** @param schema - the one that the problems come from */
export function suggestKeys(problems: readonly SchemaProblem[], schema: z.ZodType): readonly SchemaProblem[] {
  if (problems.every(({ key }) => key === undefined)) return problems;
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;
  return problems.map((problem, index) => {
    if (problem.key === undefined || index >= MOST) return problem;
    const near = nearest(problem.key, keysAt([root], problem.path));
    return near === undefined ? problem : { ...problem, message: `${problem.message}: did you mean "${near}"?` };
  });
}

function keysAt(nodes: readonly Node[], path: SchemaProblem['path']): readonly string[] {
  const forms = nodes.flatMap(formsOf);
  const [part, ...rest] = path;
  if (part === undefined) return [...new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)))];
  return keysAt(
    forms.flatMap((form) => below(form, part)),
    rest,
  );
}

const formsOf = (node: Node): readonly Node[] => [
  node,
  ...[node.anyOf, node.oneOf, node.allOf].flatMap((forms = []) => forms.flatMap(formsOf)),
];

function below({ properties, additionalProperties, items }: Node, part: string | number): readonly Node[] {
  const own = properties !== undefined && Object.hasOwn(properties, part) ? properties[part] : undefined;
  return [own ?? additionalProperties, typeof part === 'number' ? items : undefined].filter(
    (one) => typeof one === 'object',
  );
}
