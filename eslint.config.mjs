import { builtinModules } from 'node:module';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NODE_BUILTINS = builtinModules.flatMap((name) => [name, `node:${name}`]);
const ROOMS = '{contracts,workflows,activities,workers,api,store,cli,infra,test}';

export default defineConfig(
  globalIgnores(['.toolchain/', '.cache/', 'api/pages/assets/']),
  // Rules are changed here, for all to see, and never inline.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  {
    files: [`${ROOMS}/**/*.ts`, 'infra/setup/*.mjs'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `async` is part of a port's shape even where one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Ports are objects of functions that factories make: nothing in this project has a `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['*.{js,mjs,cjs}', 'test/**/*.mjs'],
    extends: [js.configs.recommended],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', module: 'writable', URL: 'readonly' } },
  },
  {
    files: ['**/*.messages.ts'],
    // defineUpdate<void, ...> is how Temporal spells 'no result'.
    rules: { '@typescript-eslint/no-invalid-void-type': 'off' },
  },
  {
    files: ['workflows/**/*.ts', 'contracts/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: NODE_BUILTINS }],
      'no-restricted-globals': ['error', 'fetch', 'process', 'Buffer', 'console', 'setInterval'],
    },
  },
  {
    // One file spawns processes; everything else asks it (docs/architecture.md, "Rules").
    files: ['{activities,api,workers,store}/**/*.ts'],
    ignores: ['activities/exec.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: ['child_process', 'node:child_process', 'execa'] }] },
  },
);
