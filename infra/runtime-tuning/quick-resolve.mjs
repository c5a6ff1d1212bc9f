// @ts-check
/**
 * Preloaded into Landfall's own processes. For each file of a package Node looks up the module kind, and parses the
 * whole package.json again for each answer (seen in 24.19: getPackageScopeConfig). drizzle-orm's lists 447 entries, and
 * 112 of its modules are loaded; all are of one kind, which this hook answers directly.
 */
import { registerHooks } from 'node:module';

const FOLDER = '/node_modules/drizzle-orm/';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL } = context;
    if (!specifier.startsWith('.') || parentURL?.includes(FOLDER) !== true) return nextResolve(specifier, context);
    return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true };
  },
});
