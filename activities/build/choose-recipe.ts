/** Chooses the builder of a folder. */
import { failure } from '../../contracts/core/failures.ts';
import type { Builder, BuilderSource, Recipe } from './builders/builder.port.ts';

export interface Choice {
  readonly builder: Builder['name'];
  readonly recipe: Recipe;
}

interface ChooseOptions {
  /** In the order in which `auto` asks them. */
  readonly builders: readonly Builder[];
  /** For messages: the build host's name. */
  readonly host: string;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The builder that the settings name, or with `auto` the first one that is installed and knows what to do.
 *
 * @throws `NothingToBuild` when none does, saying what to add; `BuildFailed` when the builder's own planning fails
 */
export async function chooseRecipe(source: BuilderSource, options: ChooseOptions): Promise<Choice> {
  const { builders, host, onLine, signal } = options;
  const { builder: wanted, dockerfile, root } = source.settings;
  const missing: string[] = [];
  for (const builder of builders.filter(({ name }) => wanted === 'auto' || name === wanted)) {
    if (!(await builder.available(signal))) {
      missing.push(builder.name);
      continue;
    }
    const recipe = await builder.prepare(source, onLine, signal);
    if (recipe) return { builder: builder.name, recipe };
  }

  const at = root === '.' ? dockerfile : `${root}/${dockerfile}`;
  const install = missing.length === 0 ? '' : `, or install ${missing.join(' or ')} on build host ${host}`;
  const found =
    wanted === 'auto'
      ? 'The commit holds nothing that can be built'
      : `The builder "${wanted}", which landfall.yaml asks for, cannot build this commit`;
  throw failure('NothingToBuild', `${found}. Add a Dockerfile at ${at}${install}.`);
}
