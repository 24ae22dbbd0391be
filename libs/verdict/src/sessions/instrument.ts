import path from 'node:path'
import { moduleShape } from './export-names.ts'
import { runtimeFolder } from './runtime-files.ts'

/**
 * How a module is made to record. `append` adds a line behind CommonJS (or behind what a test runner compiles to
 * CommonJS) that swaps `module.exports`; `facade` moves an ES module aside and puts one in its place that re-exports
 * the recording twins of its bindings.
 */
export type Technique = 'append' | 'facade'

export interface Instrumented {
  readonly files: ReadonlyMap<string, Uint8Array>
}

export class NotInstrumentable extends Error {}

const codeFile = /\.([cm]?[jt]s|[jt]sx)$/
const declarationFile = /\.d\.[cm]?ts$/

/** Whether a path of the scope is a module at all. */
export const isModule = (file: string): boolean => codeFile.test(file) && !declarationFile.test(file)

const toRuntime = (file: string, name: string): string => {
  const relative = path.posix.relative(path.posix.dirname(file), `${runtimeFolder}/${name}`)
  return relative.startsWith('.') && !relative.startsWith('.iama') ? relative : `./${relative}`
}

const quote = (text: string): string => JSON.stringify(text)

const append = (file: string, text: string): Instrumented => {
  const nocheck = /\.[cm]?tsx?$/.test(file) ? '// @ts-nocheck\n' : ''
  const line = `\n;typeof module !== 'undefined' && require(${quote(toRuntime(file, 'recorder.cjs'))}).module(module, ${quote(file)});\n`
  return { files: new Map([[file, Buffer.from(nocheck + text + line)]]) }
}

/** `src/a.ts` becomes `src/a.iama-raw.ts`. */
export const rawName = (file: string): string => file.replace(codeFile, '.iama-raw.$1')

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** Compilers leave the endings of imports as they are: what is built is imported by the name it will have. */
const importedName = (file: string, text: string, built: boolean): string => {
  const name = `./${path.posix.basename(rawName(file))}`
  const namesSources = /(?:from|import)\s*\(?\s*['"]\.[^'"\n]*\.[cm]?tsx?['"]/.test(text)
  return built && !namesSources ? name.replace(/ts(x?)$/, 'js$1').replace(/jsx$/, 'js') : name
}

/** What stands under this name is what `require` of an ES module gives, and what a replay finds it by. */
const wholeValue = 'module.exports'

const twin = (file: string, name: string, isWhole: boolean): string => {
  const [value, where] = [`raw[${quote(name)}]`, `${quote(file)}, ${quote(name)}`]
  if (!isWhole) return `recorder.binding(${value}, ${where})`
  return name === wholeValue ? 'whole' : `recorder.member(${value}, raw[${quote(wholeValue)}], ${where})`
}

const facade = (file: string, text: string, built: boolean): Instrumented => {
  const shape = moduleShape(file, text)
  const raw = quote(importedName(file, text, built))
  const lines = [
    '// @ts-nocheck',
    `import recorder from ${quote(toRuntime(file, 'recorder.mjs'))}`,
    `import * as raw from ${raw}`,
  ]
  const isWhole = shape.names.includes(wholeValue)
  if (isWhole) lines.push(`const whole = recorder.whole(raw[${quote(wholeValue)}], ${quote(file)})`)
  shape.names.forEach((name, i) => {
    lines.push(`const twin${i} = ${twin(file, name, isWhole)}`)
    lines.push(`export { twin${i} as ${identifier.test(name) ? name : quote(name)} }`)
  })
  if (/\.[cm]?tsx?$/.test(file)) lines.push(`export type * from ${raw}`)
  for (const star of shape.stars) lines.push(`export * from ${quote(star)}`)
  return {
    files: new Map([
      [file, Buffer.from(`${lines.join('\n')}\n`)],
      [rawName(file), Buffer.from(text)],
    ]),
  }
}

/**
 * @param built whether a build step compiles the sources before the tests run
 * @throws NotInstrumentable with the reason, for "not covered"
 */
export const instrument = (file: string, text: string, technique: Technique, built = false): Instrumented => {
  const shape = moduleShape(file, text)
  if (shape.syntaxError) throw new NotInstrumentable('it cannot be parsed')
  if (text.startsWith('#!')) throw new NotInstrumentable('it is a program, not a module')
  if (technique === 'facade' && !shape.esm) return append(file, text)
  return technique === 'facade' ? facade(file, text, built) : append(file, text)
}
