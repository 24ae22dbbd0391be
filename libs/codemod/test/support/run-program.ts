import vm from 'node:vm'

import { functionNames, names } from './random-program.ts'

const FUEL = 400

const show = (value: unknown): string => {
  if (typeof value === 'function') return `function ${value.name}/${value.length}`
  if (typeof value === 'object' && value !== null) {
    return `${Object.getPrototypeOf(value) === null ? 'null' : ''}${JSON.stringify(value, (_, each: unknown) => (typeof each === 'function' ? 'function' : each))}`
  }
  return `${typeof value} ${String(value)}`
}

const errorOf = (error: unknown): string => {
  const name = (error as { name?: unknown } | null)?.name
  return `throws ${typeof name === 'string' ? name : show(error)}`
}

/**
 * Everything that a CommonJS module does when it is loaded, called and when the closures that it keeps are called, as
 * lines. Errors of the engine count by their class.
 */
export const traceOf = (text: string): string[] => {
  const lines: string[] = []
  let fuel = FUEL
  const context = vm.createContext({
    log: (value: unknown) => lines.push(show(value)),
    tick: () => {
      fuel -= 1
      if (fuel < 0) throw new Error('fuel')
      return true
    },
    call: (target: unknown, value: unknown): unknown =>
      typeof target === 'function' ? target(value) : `no ${typeof target}`,
    size: (value: unknown): unknown => (typeof value === 'string' ? value.length : 0),
    result: undefined,
    ...Object.fromEntries(names.map((name, index) => [name, [0, 's', undefined, true][index % 4]])),
    ...Object.fromEntries(functionNames.map((name) => [name, (value: unknown) => `${name} ${typeof value}`])),
  })
  const attempt = (code: string): void => {
    try {
      context.result = undefined
      vm.runInContext(code, context, { timeout: 2000 })
      lines.push(show(context.result))
    } catch (error) {
      lines.push(errorOf(error))
    }
  }
  attempt(
    `var module = { exports: {} }; (function (exports, require, module, __filename, __dirname) {${text}\n})(module.exports, function () { throw new Error('no modules'); }, module, '', '');`,
  )
  // What a module hands out before it fails to load reaches nobody.
  if (lines.at(-1)!.startsWith('throws')) return lines
  for (const call of ['()', "(1, 's')", '(true, null)', "('x', 0)"]) {
    attempt(`result = module.exports${call}`)
    attempt('(module.exports.later || []).splice(0, 20).forEach(function (each) { result = each(); })')
  }
  return lines
}
