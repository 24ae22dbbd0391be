/** A tool of the comparison, with the transforms that it runs: those that serve `modernize` or `simplify`. */
export interface Tool {
  readonly name: string
  /** What drives it: one process a package reads the files, changes them and writes them back. */
  readonly driver: 'iama' | 'eslint' | 'lebab' | 'putout' | 'codemods'
  /** In the tool's own words; of IAMA, the kinds of proposals that the two goals name. */
  readonly transforms: readonly string[]
}

/** What the suite installs, once, beside its results. Overrides: a later one of these is no CommonJS any more. */
export const manifest = {
  private: true,
  dependencies: {
    '5to6-codemod': '1.8.0',
    eslint: '10.15.0',
    jscodeshift: '17.3.0',
    lebab: '3.2.9',
    putout: '41.3.1',
    typescript: '6.0.3',
    'typescript-eslint': '8.73.0',
  },
  overrides: { 'try-catch': '4.0.5' },
}

const eslintRules = [
  'arrow-body-style',
  'dot-notation',
  'logical-assignment-operators',
  'no-else-return',
  'no-extra-boolean-cast',
  'no-extra-label',
  'no-lonely-if',
  'no-undef-init',
  'no-unneeded-ternary',
  'no-unused-labels',
  'no-useless-computed-key',
  'no-useless-rename',
  'no-useless-return',
  'no-var',
  'object-shorthand',
  'operator-assignment',
  'prefer-arrow-callback',
  'prefer-const',
  'prefer-destructuring',
  'prefer-exponentiation-operator',
  'prefer-numeric-literals',
  'prefer-object-has-own',
  'prefer-object-spread',
  'prefer-rest-params',
  'prefer-spread',
  'prefer-template',
]

/** "Safe" in lebab's README. */
const lebabSafe = [
  'arrow',
  'arrow-return',
  'for-of',
  'for-each',
  'arg-rest',
  'arg-spread',
  'obj-method',
  'obj-shorthand',
  'no-strict',
  'exponent',
  'multi-var',
]

/** All but `commonjs`, which makes another kind of module of a file. `class` and `let` come first, as the README says. */
const lebabAll = ['class', 'let', ...lebabSafe, 'template', 'default-param', 'destruct-param', 'includes']

/** Putout's own, less those that format, that know one tool's files, or that take out what a program prints. */
const putoutPlugins = [
  'apply-at',
  'apply-arrow',
  'apply-dot-notation',
  'apply-flat-map',
  'apply-shorthand-properties',
  'apply-starts-with',
  'apply-template-literals',
  'arguments',
  'assignment',
  'conditions',
  'convert-concat-to-flat',
  'convert-index-of-to-includes',
  'convert-object-keys-to-object-entries',
  'convert-template-to-string',
  'convert-to-arrow-function',
  'declare-before-reference',
  'destructuring',
  'for-of',
  'labels',
  'logical-expressions',
  'math',
  'maybe',
  'merge-duplicate-functions',
  'optional-chaining',
  'remove-duplicate-case',
  'remove-empty',
  'remove-nested-blocks',
  'remove-unreachable-code',
  'remove-unused-expressions',
  'remove-useless-array-constructor',
  'remove-useless-assign',
  'remove-useless-constructor',
  'remove-useless-continue',
  'remove-useless-escape',
  'remove-useless-functions',
  'remove-useless-map',
  'remove-useless-operand',
  'remove-useless-replace',
  'remove-useless-template-expressions',
  'return',
  'simplify-ternary',
  'spread',
  'types',
  'variables',
]

export const ours: Tool = {
  name: 'IAMA',
  driver: 'iama',
  transforms: ['raise-floor', 'within-floor', 'simplify', 'extract'],
}

/** Of 5to6-codemod what keeps a module what it is; jscodeshift ships no transforms. */
export const peers: readonly Tool[] = [
  { name: 'eslint', driver: 'eslint', transforms: eslintRules },
  { name: 'lebab-safe', driver: 'lebab', transforms: lebabSafe },
  { name: 'lebab-all', driver: 'lebab', transforms: lebabAll },
  { name: 'putout', driver: 'putout', transforms: putoutPlugins },
  { name: 'codemods', driver: 'codemods', transforms: ['let', 'simple-arrow'] },
]
