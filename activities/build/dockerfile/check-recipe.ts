/** The last check before the engine builds: everything that a Dockerfile could use to reach past its build. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../../contracts/core/failures.ts';
import type { Recipe } from '../builders/builder.port.ts';
import { checkDockerfile, type CheckOptions } from './check.ts';
import { decodeDockerfile } from './instructions.ts';

/**
 * @returns the recipe to build: the same, but for the names of caches (mounts.ts)
 * @throws `UnsafeSource`
 */
export async function checkRecipe(recipe: Recipe, options: CheckOptions): Promise<Recipe> {
  checkName(recipe.dockerfile);
  const given = recipe.added.find(({ path }) => path === recipe.dockerfile)?.text;
  const text = given ?? decodeDockerfile(await readFile(join(recipe.context, recipe.dockerfile)));
  const checked = checkDockerfile(text, options);
  return checked === text ? recipe : withDockerfile(recipe, checked);
}

/** The same, with another text as its Dockerfile. */
export function withDockerfile(recipe: Recipe, text: string): Recipe {
  const others = recipe.added.filter(({ path }) => path !== recipe.dockerfile);
  return { ...recipe, added: [...others, { path: recipe.dockerfile, text }] };
}

/** The engine runs names that end in `.in` through the C preprocessor, which includes any file of the host, and reads a list in JSON as paths of the host. */
function checkName(name: string): void {
  if (!name.endsWith('.in') && !/^\s*\[/.test(name)) return;
  throw failure(
    'UnsafeSource',
    `A Dockerfile cannot be called ${JSON.stringify(name.slice(0, 100))}: Podman would read other files of the build host. ` +
      'Call it Dockerfile.',
  );
}
