import type { Session, Step } from '../types.ts'
import { argumentsOf, NotPrintable, pathText, printValue, quoted, type PrintOptions } from './print-step.ts'
import { promiseCode } from './promise-code.ts'
import type { EncodedGraph } from './records.ts'

/** Names for the modules of a session: `basket`, `money`. */
export const moduleNames = (modules: readonly string[]): Map<string, string> => {
  const taken = new Set<string>()
  return new Map(
    modules.map((module) => {
      const words = module.split('/').filter((part) => part !== 'src' && part !== 'lib')
      const last = words.at(-1)!.replace(/\.[^.]+$/, '')
      const base = last === 'index' ? (words.at(-2) ?? 'subject') : last
      const plain = base.replace(/[^\p{ID_Continue}]+(.)?/gu, (_, c: string | undefined) => (c ?? '').toUpperCase())
      let name = /^[\p{ID_Start}]/u.test(plain) ? plain : 'subject'
      for (let n = 2; taken.has(name); n++) name = `${plain}${n}`
      taken.add(name)
      return [module, name]
    }),
  )
}

/** How one step is written as a statement's right side. */
export const stepCode = (
  step: Step,
  names: ReadonlyMap<string, string>,
  callbacks: (id: number) => string | undefined,
  promises?: (id: number) => string,
): string => {
  const input = step.input as EncodedGraph
  const exportName = (module: string, path: readonly unknown[]): string =>
    `${names.get(module) ?? 'subject'}${pathText(path)}`
  const handleName = (index: number, path: readonly unknown[]): string => `result${index + 1}${pathText(path)}`
  const { target } = step
  const subject = 'module' in target ? exportName(target.module, target.path) : handleName(target.step, target.path)
  const options: PrintOptions = { exportName, handleName, callbackName: callbacks }
  const args = argumentsOf(input).map((value) =>
    printValue(input, value, promises === undefined ? options : { ...options, promiseName: promises }),
  )
  if (step.op === 'get') return subject
  if (step.op === 'set') return `${subject} = ${args[0]}`
  return `${step.op === 'construct' ? 'new ' : ''}${subject}(${args.join(', ')})`
}

/**
 * The calls of a session up to a step, as code that can be pasted into a file at the project's root. What cannot be
 * written as an expression (instances, cycles) is left out with a comment.
 */
export const sessionCode = (session: Session, until: number): string => {
  const names = moduleNames(session.modules)
  const lines = [...names].map(([module, name]) => `const ${name} = require(${quoted(`./${module}`)})`)
  const used = new Set<number>()
  const awaited = new Set<number>()
  const body = session.steps.slice(0, until + 1).map((step, i) => {
    try {
      const code = stepCode(
        step,
        names,
        (id) => {
          used.add(id)
          return `callback${id + 1}`
        },
        (id) => {
          awaited.add(id)
          return `promise${id + 1}`
        },
      )
      const waited = step.pending === undefined ? code : `await ${code}`
      return i === until ? `console.log(${waited})` : `const result${i + 1} = ${waited}`
    } catch (error) {
      if (!(error instanceof NotPrintable)) throw error
      return `// step ${i + 1}: ${step.label} (${error.message})`
    }
  })
  const stubs = [...used]
    .sort()
    .map((id) => `const callback${id + 1} = (...args) => console.log('callback ${id + 1}', args)`)
  const promises = [...awaited].sort((a, b) => a - b).map((id) => promiseCode(session, id))
  return [...lines, ...stubs, ...promises, ...body].join('\n')
}
