/** What a file is for, as far as gates 5 to 7 care. */
export type FileRole = 'test' | 'snapshot' | 'lint' | 'ci' | 'build' | 'manifest' | 'code' | 'other'

const roles: readonly (readonly [FileRole, RegExp])[] = [
  ['snapshot', /(^|\/)(__snapshots__|tap-snapshots)\/|\.(snap|snapshot)$|\.approved\.[^/]+$|\.snap\.[cm]?js$/i],
  ['ci', /^(\.github|\.circleci|\.buildkite|\.gitlab|\.azure-pipelines|\.husky|\.woodpecker|\.ci)\//i],
  [
    'ci',
    /^(\.travis\.yml|\.gitlab-ci\.ya?ml|azure-pipelines\.ya?ml|appveyor\.yml|\.appveyor\.yml|Jenkinsfile|\.drone\.yml|bitbucket-pipelines\.yml|\.pre-commit-config\.yaml|\.lintstagedrc[^/]*|lefthook\.ya?ml)$/i,
  ],
  [
    'lint',
    /(^|\/)(\.eslintrc(\.[cm]?(js|json)|\.ya?ml)?|\.eslintignore|eslint\.config\.[cm]?[jt]s|\.jshintrc|\.jscsrc|tslint\.json|biome\.jsonc?|\.prettierrc[^/]*|\.editorconfig|\.oxlintrc\.json|xo\.config\.[cm]?js)$/i,
  ],
  [
    'build',
    /(^|\/)(tsconfig[^/]*\.json|jest\.config\.[^/]+|vitest\.config\.[^/]+|vite\.config\.[^/]+|ava\.config\.[^/]+|\.mocharc[^/]*|\.nycrc[^/]*|\.c8rc[^/]*|\.taprc|babel\.config\.[^/]+|\.babelrc[^/]*|\.swcrc|rollup\.config\.[^/]+|webpack\.config\.[^/]+|karma\.conf\.[^/]+|Gruntfile\.[^/]+|gulpfile\.[^/]+|Makefile|binding\.gyp|wscript|lerna\.json|nx\.json|turbo\.json|\.iama\.ya?ml)$/i,
  ],
  // what an editor, a shell or git runs by itself
  [
    'build',
    /(^|\/)(\.vscode|\.idea|\.devcontainer|\.githooks)\/|(^|\/)(\.envrc|\.gitattributes|\.gitmodules|\.gitconfig)$/i,
  ],
  [
    'manifest',
    /(^|\/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|pnpm-workspace\.yaml|\.npmrc|\.yarnrc(\.yml)?|\.pnpmfile\.c?js|\.pnp\.c?js|bun\.lockb?|bunfig\.toml|\.browserslistrc|\.nvmrc|\.node-version)$/i,
  ],
  [
    'test',
    /(^|\/)(tests?|specs?|__tests__|__mocks__|e2e|fixtures|cypress)\/|[.-](test|spec)\.[cm]?[jt]sx?$|(^|\/)test(-[^/]*)?\.[cm]?[jt]sx?$/i,
  ],
  ['code', /\.([cm]?[jt]s|[jt]sx)$/i],
]

/** The role of a path of the project; on many machines `Package.json` is `package.json`. */
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
