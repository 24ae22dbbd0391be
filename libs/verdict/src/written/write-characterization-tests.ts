import path from 'node:path'
import type { Tree } from '@iama/patch'
import type { Runner, Session, SessionSet } from '../types.ts'
import { textOf } from '../gates/context.ts'
import { roleOf } from '../gates/file-roles.ts'
import { moduleTypeAt } from '../gates/module-kinds.ts'
import { moduleShape } from '../sessions/export-names.ts'
import { quoted } from '../sessions/print-step.ts'
import { moduleNames } from '../sessions/session-code.ts'
import { dialectOf, type Dialect } from './dialects.ts'
import { isAsync, testBody } from './test-body.ts'

/** What is known of the project that the tests are written for. */
export interface ProjectInfo {
  readonly runner: Runner
  /** `type` of package.json. */
  readonly moduleType: 'commonjs' | 'module'
  /** All paths: the new files go beside the project's own tests and are named like them. */
  readonly files: readonly string[]
  /** Where there is one, it says more than `moduleType`: what each folder and each module is. */
  readonly tree?: Tree
  /** Tests written for one module; 200 unless told. */
  readonly maxTests?: number
}

const testFile = /\.([cm]?[jt]sx?)$/

interface Place {
  readonly folder: string
  /** `.test.js`, `_test.js`, `.spec.ts`, or just `.js`. */
  readonly ending: string
}

const placeOf = (project: ProjectInfo): Place => {
  const tests = project.files.filter(
    (file) => roleOf(file) === 'test' && testFile.test(file) && !/(^|\/)(fixtures|__mocks__|helpers?)\//.test(file),
  )
  // the folder that holds most of them, so that the runner's pattern covers the new file
  const folders = new Map<string, number>()
  for (const file of tests) folders.set(path.posix.dirname(file), (folders.get(path.posix.dirname(file)) ?? 0) + 1)
  const [folder] = [...folders].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? [
    project.runner === 'jest' ? '__tests__' : 'test',
  ]
  const example = tests.find((file) => path.posix.dirname(file) === folder)
  const ending = /([._-](test|spec))?\.([cm]?[jt]sx?)$/.exec(example ?? '')?.[0] ?? '.test.js'
  return { folder, ending: ending.replace(/x$/, '') }
}

const specifierOf = (from: string, module: string, project: ProjectInfo, typescript: boolean): string => {
  const relative = path.posix.relative(path.posix.dirname(from), module)
  const dotted = relative.startsWith('.') ? relative : `./${relative}`
  // Node needs the extension; compilers that turn TypeScript into CommonJS do not take it
  const keeps = !/\.tsx?$/.test(module) || project.runner === 'node:test' || project.runner === 'unknown'
  return keeps || !typescript ? dotted : dotted.replace(/\.tsx?$/, '')
}

const typeAt = (file: string, { tree, moduleType }: ProjectInfo): 'commonjs' | 'module' =>
  (tree && moduleTypeAt(tree, file)) ?? moduleType

const isEsm = (file: string, project: ProjectInfo): boolean =>
  /\.([cm]?tsx?|mjs)$/.test(file) ||
  (typeAt(file, project) === 'module' && !/\.cjs$/.test(file)) ||
  project.runner === 'vitest'

const importLines = (file: string, names: ReadonlyMap<string, string>, project: ProjectInfo): string[] => {
  const esm = isEsm(file, project)
  const typescript = /\.[cm]?tsx?$/.test(file)
  return [...names].map(([module, name]) => {
    const specifier = quoted(specifierOf(file, module, project, typescript))
    return esm ? importOf(name, module, specifier, project) : `const ${name} = require(${specifier})`
  })
}

/** What `require` gives is not the namespace of such an ES module. */
const isWhole = (module: string, { tree }: ProjectInfo): boolean =>
  tree !== undefined && moduleShape(module, textOf(tree, module)).names.includes('module.exports')

/** A CommonJS module is its default import; an ES module is used as a namespace, or as what `require` gives for it. */
const importOf = (name: string, module: string, specifier: string, project: ProjectInfo): string => {
  const commonjs = /\.cjs$/.test(module) || (/\.js$/.test(module) && typeAt(module, project) === 'commonjs')
  if (!commonjs && isWhole(module, project)) return `import { 'module.exports' as ${name} } from ${specifier}`
  return commonjs ? `import ${name} from ${specifier}` : `import * as ${name} from ${specifier}`
}

const unique = (titles: Map<string, number>, title: string): string => {
  const n = (titles.get(title) ?? 0) + 1
  titles.set(title, n)
  return quoted(n === 1 ? title : `${title} (${n})`)
}

/** The call that a session is about, as a title: the last step of its first lines. */
const titleOf = (session: Session): string => {
  const last = session.steps.at(-1)!.label
  const [first] = session.steps
  return session.steps.length === 1 ? last : `${first!.label}, then ${last.replace(/result\d+/g, 'its result')}`
}

const sourcesOf = (sessions: readonly Session[]): string => {
  const from = (which: Session['origin']): boolean => sessions.some(({ origin }) => origin === which)
  if (!from('exercised')) return "the project's own tests"
  return from('recorded')
    ? "the project's own tests and from exercises written for it"
    : 'calls that were made up from its code'
}

const testText = (session: Session, title: string, lines: readonly string[], dialect: Dialect): string => {
  const body = [...lines, ...dialect.end(isAsync(session))].map((line) => `  ${line}`)
  return [dialect.open(title, isAsync(session)), ...body, '})'].join('\n')
}

/**
 * Recorded sessions as tests that a person can read and keep, in the project's own runner: a file for each module
 * (the first one of a session), with what can be written as plain code. Neighbours stay evidence.
 */
export const writeCharacterizationTests = (
  set: Pick<SessionSet, 'sessions'>,
  project: ProjectInfo,
): Map<string, string> => {
  const { folder, ending } = placeOf(project)
  const dialect = dialectOf(project.runner)
  const byModule = new Map<string, Session[]>()
  for (const session of set.sessions) {
    const [module] = session.modules
    if (session.origin === 'mutated' || module === undefined) continue
    byModule.set(module, [...(byModule.get(module) ?? []), session])
  }
  const written = new Map<string, string>()
  for (const [module, sessions] of byModule) {
    const file = `${folder}/characterization-${module.replace(/\.[^.]+$/, '').replace(/[^\w]+/g, '-')}${ending}`
    const kept = sessions.slice(0, project.maxTests ?? 200)
    const names = moduleNames([...new Set(kept.flatMap((session) => session.modules))])
    const titles = new Map<string, number>()
    const tests = kept.flatMap((session) => {
      const lines = testBody(session, names, dialect)
      return lines === undefined ? [] : [testText(session, unique(titles, titleOf(session)), lines, dialect)]
    })
    if (tests.length === 0) continue
    const typescript = /\.[cm]?tsx?$/.test(file)
    const intro = [
      ...(typescript ? ['// @ts-nocheck: recorded calls include wrong ones'] : []),
      `// How ${module} behaves today, recorded from ${sourcesOf(kept)}.`,
    ]
    const esm = isEsm(file, project)
    const imports = [
      ...(esm ? dialect.esm : ["'use strict'", '', ...dialect.commonjs]),
      ...importLines(file, names, project),
    ]
    written.set(file, `${[...intro, ...imports, '', tests.join('\n\n')].join('\n')}\n`)
  }
  return written
}
