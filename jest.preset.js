import path from 'node:path'

/**
 * The one Jest configuration of the workspace: native ESM, TypeScript through swc, no module mapper.
 * `*.spec.ts` are pure and fast; `*.int.spec.ts` need the servers of `tools/stack`.
 */
export const preset = (displayName, rootDir) => ({
  displayName,
  rootDir,
  testEnvironment: 'node',
  setupFilesAfterEnv: [path.join(import.meta.dirname, 'tools/jest-setup.mjs')],
  testMatch: ['<rootDir>/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/files/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        jsc: { target: 'es2024', parser: { syntax: 'typescript' }, keepClassNames: true },
        sourceMaps: 'inline',
      },
    ],
  },
  cacheDirectory: path.join(import.meta.dirname, 'node_modules/.cache/jest'),
})
