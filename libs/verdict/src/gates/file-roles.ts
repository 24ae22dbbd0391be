/** What a file is for, as far as gates 5 to 7 care. */
export type FileRole = 'test' | 'snapshot' | 'lint' | 'ci' | 'build' | 'manifest' | 'code' | 'other'

const roles: readonly (readonly [FileRole, RegExp])[] = [
  ['snapshot', /(^|\/)(__snapshots__|tap-snapshots)\/|\.(snap|snapshot)$|\.approved\.[^/]+$|\.snap\.[cm]?js$/],
  ['ci', /^(\.github|\.circleci|\.buildkite|\.gitlab|\.azure-pipelines|\.husky|\.woodpecker|\.ci)\//],
  [
    'ci',
    /^(\.travis\.yml|\.gitlab-ci\.ya?ml|azure-pipelines\.ya?ml|appveyor\.yml|\.appveyor\.yml|Jenkinsfile|\.drone\.yml|bitbucket-pipelines\.yml)$/,
  ],
  [
    'lint',
    /(^|\/)(\.eslintrc(\.[cm]?(js|json)|\.ya?ml)?|\.eslintignore|eslint\.config\.[cm]?[jt]s|\.jshintrc|\.jscsrc|tslint\.json|biome\.jsonc?|\.prettierrc[^/]*|\.editorconfig|\.oxlintrc\.json|xo\.config\.[cm]?js)$/,
  ],
  [
    'build',
    /(^|\/)(tsconfig[^/]*\.json|jest\.config\.[^/]+|vitest\.config\.[^/]+|vite\.config\.[^/]+|ava\.config\.[^/]+|\.mocharc[^/]*|\.nycrc[^/]*|\.c8rc[^/]*|\.taprc|babel\.config\.[^/]+|\.babelrc[^/]*|\.swcrc|rollup\.config\.[^/]+|webpack\.config\.[^/]+)$/,
  ],
  [
    'manifest',
    /(^|\/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|\.npmrc|\.browserslistrc|\.nvmrc|\.node-version)$/,
  ],
  [
    'test',
    /(^|\/)(tests?|specs?|__tests__|__mocks__|e2e|fixtures|cypress)\/|[.-](test|spec)\.[cm]?[jt]sx?$|(^|\/)test(-[^/]*)?\.[cm]?[jt]sx?$/,
  ],
  ['code', /\.([cm]?[jt]s|[jt]sx)$/],
]

/** The role of a path of the project. */
export const roleOf = (path: string): FileRole => roles.find(([, pattern]) => pattern.test(path))?.[0] ?? 'other'

/** Modules that a user of the package could import: no tests, examples, benchmarks, settings or hidden files. */
export const isImportable = (path: string): boolean =>
  roleOf(path) === 'code' &&
  !/\.d\.[cm]?ts$/.test(path) &&
  !/(^|\/)(\.|examples?\/|bench(marks?)?\/|docs?\/|scripts?\/|tools?\/|website\/|coverage\/|node_modules\/)/.test(
    path,
  ) &&
  !/(^|\/)(Gruntfile|gulpfile|karma\.conf|[\w-]+\.config)\.[cm]?[jt]s$/.test(path) &&
  !/\.min\.js$/.test(path)
