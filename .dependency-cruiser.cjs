// Which code may know which: the rules of docs/architecture.md between layers, apps and libraries.
// `npm run check -- boundaries` applies them; tools/checks/boundaries.spec.ts plants a violation of each and proves
// that it is found.

const tests = '(\\.spec\\.ts|\\.testing\\.ts|/testing\\.ts)$'

/** Apps without layers: they only translate between a surface and the services. */
const edges = 'gateway|monitoring|worker|cli|vscode|console|e2e'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment: 'The domain imports only libs/kernel and itself: no I/O, no clock, no framework.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/src/domain/', pathNot: tests },
      to: { pathNot: ['^apps/$1/src/domain/', '^libs/kernel/'] },
    },
    {
      name: 'application-knows-ports',
      comment: 'A use case imports its domain, its ports and libs/kernel; adapters stand behind the ports.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/src/application/', pathNot: tests },
      to: { pathNot: ['^apps/$1/src/(domain|application)/', '^libs/kernel/'] },
    },
    {
      name: 'apps-are-apart',
      comment: 'Nothing imports another app: services talk over gRPC and events.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-know-no-app',
      comment: 'A library is used by apps, never the other way round.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-tools-at-run-time',
      comment: 'tools/ brings up servers for tests; what runs in production does not know it.',
      severity: 'error',
      from: { path: '^(apps|libs)/[^/]+/src/', pathNot: tests },
      to: { path: '^tools/' },
    },
    {
      name: 'workflows-are-deterministic',
      comment: 'A workflow file imports @temporalio/workflow, types, and pure libraries: its bundle is replayed.',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/workflows/', pathNot: tests },
      to: {
        pathNot: ['^apps/[^/]+/src/workflows/', '^libs/kernel/', 'node_modules/@temporalio/(workflow|common)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'inversify-in-the-container',
      comment: 'Only container.ts knows inversify; everything else takes what it needs in its constructor.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/[^/]+/src/container\\.ts$' },
      to: { path: 'node_modules/(inversify|@inversifyjs)/' },
    },
    {
      name: 'contracts-at-the-border',
      comment:
        'Generated code is known to infrastructure, to the container that wires it, and to libraries; not to the layers inside.',
      severity: 'error',
      from: {
        path: `^apps/(?!(?:${edges})/)[^/]+/src/`,
        pathNot: ['^apps/[^/]+/src/(infrastructure/|container\\.ts$)', tests],
      },
      to: { path: '^libs/contracts/' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing in two places. Types may.',
      severity: 'error',
      from: { path: '^(apps|libs|tools)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-resolves',
      comment: 'An import that cannot be resolved escapes every other rule.',
      severity: 'error',
      from: { path: '^(apps|libs|tools)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^libs/contracts/src/gen/'] },
    exclude: {
      path: ['(^|/)(dist|fixtures)/', '^tools/generators/[^/]+/[^/]+/files/', '^tools/generators/src/[^/]+/files/'],
    },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts', '.d.mts', '.json'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
