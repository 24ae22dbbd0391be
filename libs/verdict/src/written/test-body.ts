import type { Session } from '../types.ts'
import { NotPrintable, printValue, quoted } from '../sessions/print-step.ts'
import type { EncodedGraph } from '../sessions/records.ts'
import { stepCode } from '../sessions/session-code.ts'
import type { Dialect } from './dialects.ts'

interface Outcome {
  readonly kind: string
  readonly graph: EncodedGraph
}

const outcomeOf = (text: string): Outcome | undefined => {
  const line = text.split('\n', 1)[0]!
  const at = line.indexOf(' ')
  const kind = line.slice(0, at)
  if (!['return', 'throw', 'resolve', 'reject'].includes(kind)) return undefined
  try {
    return { kind, graph: JSON.parse(line.slice(at + 1)) as EncodedGraph }
  } catch {
    return undefined
  }
}

const rootNode = (graph: EncodedGraph): Record<string, unknown> | undefined =>
  Array.isArray(graph.v) && graph.v[0] === '@' ? graph.n[Number(graph.v[1])] : undefined

/** Class and message of an error outcome; the engine's own wording is left open. */
const errorOf = (graph: EncodedGraph): { type: string; message: string | undefined } | undefined => {
  const node = rootNode(graph)
  if (node?.['k'] !== 'e') return undefined
  const proto = node['p'] as readonly unknown[] | undefined
  if (proto !== undefined && proto[0] !== 'i') return undefined
  const type = proto === undefined ? 'Error' : String(proto[1]).replace('.prototype', '')
  const message = node['m']
  return { type, message: typeof message === 'string' && node['g'] !== 1 ? quoted(message) : undefined }
}

const assertion = (dialect: Dialect, outcome: Outcome, actual: string): string | undefined => {
  const mark = rootNode(outcome.graph)?.['h']
  if (typeof mark === 'number') return dialect.same(actual, `result${mark + 1}`)
  try {
    return dialect.equal(actual, printValue(outcome.graph, outcome.graph.v))
  } catch (error) {
    if (error instanceof NotPrintable) return undefined
    throw error
  }
}

/** Answers of the session's callbacks as a list each, where they can be written down. */
const callbackLines = (session: Session): { lines: string[]; names: ReadonlyMap<number, string> } => {
  const lines: string[] = []
  const names = new Map<number, string>()
  for (const [id, answers] of Object.entries(session.callbacks)) {
    const n = Number(id) + 1
    const written = answers.map((answer) => {
      const [kind, graph] = Object.entries(answer as Record<string, EncodedGraph>)[0]!
      if (kind !== 'return' || Array.isArray(graph)) throw new NotPrintable('an answer')
      return printValue(graph, graph.v)
    })
    const constant = new Set(written).size <= 1
    if (!constant) lines.push(`const answers${n} = [${written.join(', ')}]`)
    lines.push(
      constant
        ? `const callback${n} = () => ${wrapped(written[0] ?? 'undefined')}`
        : `const callback${n} = () => answers${n}.shift()`,
    )
    names.set(Number(id), `callback${n}`)
  }
  return { lines, names }
}

const wrapped = (expression: string): string => (expression.startsWith('{') ? `(${expression})` : expression)

const usedLater = (session: Session, index: number): boolean =>
  session.steps
    .slice(index + 1)
    .some((step) =>
      JSON.stringify([step.target, step.input]).match(new RegExp(`"step":${index}\\b|\\["h",${index},`)),
    ) || session.expected.some((text, i) => i > index && text.includes(`"h":${index}}`))

/**
 * The lines of one test, or nothing where the session cannot be written as readable code: instances that the tests
 * made themselves, functions with recorded answers that are no plain data, effects without an outcome.
 */
export const testBody = (
  session: Session,
  names: ReadonlyMap<string, string>,
  dialect: Dialect,
): string[] | undefined => {
  try {
    const callbacks = callbackLines(session)
    const lines = [...callbacks.lines]
    let asserted = 0
    for (const [i, step] of session.steps.entries()) {
      const code = stepCode(step, names, (id) => callbacks.names.get(id))
      const outcome = outcomeOf(session.expected[i] ?? '')
      if (outcome === undefined) return undefined
      if (outcome.kind === 'throw' || outcome.kind === 'reject') {
        const error = errorOf(outcome.graph)
        if (error === undefined) return undefined
        lines.push(dialect[outcome.kind === 'throw' ? 'throws' : 'rejects'](code, error.type, error.message))
        asserted++
        continue
      }
      const awaited = outcome.kind === 'resolve' ? `await ${code}` : code
      if (step.op === 'set') {
        lines.push(code)
        continue
      }
      const named = usedLater(session, i)
      if (named) lines.push(`const result${i + 1} = ${awaited}`)
      const claim = assertion(dialect, outcome, named ? `result${i + 1}` : awaited)
      if (claim !== undefined) asserted++
      if (claim !== undefined) lines.push(claim)
      else if (!named) lines.push(awaited)
    }
    return asserted === 0 ? undefined : lines
  } catch (error) {
    if (error instanceof NotPrintable) return undefined
    throw error
  }
}

/** Whether a test has to wait for something. */
export const isAsync = (session: Session): boolean => session.expected.some((text) => /^(resolve|reject) /.test(text))
