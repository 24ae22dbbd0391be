import { inputNames, NotPrintable, printValue } from './print-step.ts'
import type { EncodedGraph } from './records.ts'

const errorText = (graph: EncodedGraph): string | undefined => {
  const root = graph.v
  const node = Array.isArray(root) && root[0] === '@' ? graph.n[Number(root[1])] : undefined
  if (node === undefined || node['k'] !== 'e') return undefined
  const proto = node['p'] as unknown[] | undefined
  const name =
    proto === undefined
      ? 'Error'
      : String(proto[0] === 'e' ? (proto[2] as unknown[])[0] : proto[1]).replace('.prototype', '')
  if (node['g'] === 1) return `${name} of the engine`
  const own = ((node['o'] as unknown[][] | undefined) ?? []).map(
    ([key, ...rest]) => `${String(key)}: ${JSON.stringify(rest.at(-1))}`,
  )
  return `${name}(${JSON.stringify(node['m'] ?? '')})${own.length > 0 ? ` { ${own.join(', ')} }` : ''}`
}

const graphText = (text: string): string => {
  try {
    const graph = JSON.parse(text) as EncodedGraph
    return (
      errorText(graph) ?? printValue(graph, graph.v, { ...inputNames, ownPromise: '<promise>', proxy: '<proxy of>' })
    )
  } catch (error) {
    if (error instanceof NotPrintable || error instanceof SyntaxError) return text
    throw error
  }
}

const wording: Readonly<Record<string, string>> = {
  return: 'returns',
  throw: 'throws',
  resolve: 'resolves with',
  reject: 'rejects with',
  handled: 'is handled inside and rejects with',
  args: 'its arguments become',
  through: 'is waited for in',
}

/** A canonical outcome for people: `returns { a: 1 }`, and what happened on the way, a line each. */
export const outcomeText = (out: string): string =>
  out
    .split('\n')
    .map((line) => {
      const inner = /^gives (\d+) (resolve|reject|handled) (.*)$/s.exec(line)
      if (inner !== null) {
        const [, n, kind = '', rest = ''] = inner
        return `the promise${n === '0' ? '' : ` no. ${Number(n) + 1}`} in it ${wording[kind]} ${graphText(rest)}`
      }
      const match = /^(return|throw|resolve|reject|args|through|promise \d+|callback \d+|[a-z]+\.\w+) (.*)$/s.exec(line)
      if (match === null) return line
      const [, what = '', rest = ''] = match
      const promise = /^promise (\d+)$/.exec(what)
      if (promise !== null) return `what promise${Number(promise[1]) + 1} gave becomes ${graphText(rest)}`
      const name = what.replace(/^callback (\d+)$/, (_, id: string) => `callback${Number(id) + 1}`)
      return `${wording[what] ?? `calls ${name} with`} ${graphText(rest)}`
    })
    .join('\n')
