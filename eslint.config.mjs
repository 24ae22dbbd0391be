import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { iama } from './tools/checks/eslint-plugin.mjs'

const erasable = [
  {
    selector: 'TSEnumDeclaration',
    message: 'Node runs these files as they are: use a union of strings instead of an enum.',
  },
  { selector: 'TSParameterProperty', message: 'Node runs these files as they are: declare the field and assign it.' },
  {
    selector: 'TSModuleDeclaration[kind="namespace"]',
    message: 'Node runs these files as they are: a file is the namespace.',
  },
]

const environment = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message: 'Only config.ts reads the environment: take the value as a parameter.',
}

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/node_modules/',
    '.iama/',
    '.nx/',
    '**/fixtures/',
    'libs/contracts/src/gen/',
    'tools/generators/**/files/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.base],
    plugins: { iama },
    languageOptions: {
      // One program for the whole workspace: a program for each project would read the same types twenty times.
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreIIFE: false }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'iama/no-typeorm-save': 'error',
      'no-restricted-syntax': ['error', ...erasable, environment],
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always'],
      'no-eval': 'error',
      'no-control-regex': 'error',
    },
  },
  {
    // The readers of the environment: each app's config, the tools, and tests that ask where the servers are.
    files: ['apps/*/src/config.ts', 'libs/service/src/migrate.ts', 'tools/**/*.ts', '**/*.spec.ts', '**/test/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...erasable] },
  },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: { 'iama/no-typeorm-save': 'off' },
  },
)
