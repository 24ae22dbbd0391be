import { plainMessage as plain } from './plain-message.ts'

/** A test as a JSON reporter tells it, before ids are given. */
export interface ReportedTest {
  readonly status: 'pass' | 'fail' | 'skip'
  readonly path: readonly string[]
  /** As the runner wrote it, usually absolute inside the sandbox. */
  readonly file?: string
  readonly durationMs?: number
  readonly message?: string
}

export interface JsonReport {
  readonly tests: readonly ReportedTest[]
  /** Tests that passed only because they wrote a snapshot. */
  readonly wroteSnapshots: readonly string[]
}

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])

const parseObject = (source: string): Json | undefined => {
  try {
    const value: unknown = JSON.parse(source)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The report may stand between lines that the tests printed themselves: the last object that parses counts. */
const lastObject = (output: string, opening: RegExp): Json | undefined => {
  const starts = [...output.matchAll(opening)].map((match) => match.index).reverse()
  for (const start of starts) {
    for (
      let end = output.lastIndexOf('}'), tries = 0;
      end > start && tries < 8;
      end = output.lastIndexOf('}', end - 1), tries++
    ) {
      const value = parseObject(output.slice(start, end + 1))
      if (value !== undefined) return value
    }
  }
  return undefined
}

/** Mocha's `json` reporter on stdout. Undefined when there is none. */
export const parseMocha = (output: string): JsonReport | undefined => {
  const report = lastObject(output, /\{\s*"stats":/g)
  if (report === undefined) return undefined
  const key = (test: Json): string => `${text(test['file'])}\n${text(test['fullTitle'])}`
  const failures = list(report['failures'])
  const failed = new Map(failures.map((test) => [key(test), test]))
  const pending = new Set(list(report['pending']).map(key))
  const tests = list(report['tests'])
  const listed = new Set(tests.map(key))
  // a failing hook is among the failures only
  const hooks = failures.filter((test) => !listed.has(key(test)))
  const toTest = (test: Json): ReportedTest => {
    const failure = failed.get(key(test))
    const error = isObject(failure?.['err']) ? failure['err'] : {}
    const title = text(test['title'])
    const suite = text(test['fullTitle']).slice(0, -title.length).trim()
    return {
      status: failure !== undefined ? 'fail' : pending.has(key(test)) ? 'skip' : 'pass',
      path: suite === '' ? [title] : [suite, title],
      ...(text(test['file']) === '' ? {} : { file: text(test['file']) }),
      ...(typeof test['duration'] === 'number' ? { durationMs: test['duration'] } : {}),
      ...(failure === undefined ? {} : { message: plain(text(error['message']) || text(error['stack'])) }),
    }
  }
  return { tests: [...tests, ...hooks].map(toTest), wroteSnapshots: [] }
}

const assertionStatus = (status: unknown): ReportedTest['status'] =>
  status === 'passed' ? 'pass' : status === 'failed' ? 'fail' : 'skip'

/** The JSON of Jest and of Vitest (same shape). Undefined when there is none. */
export const parseJest = (output: string): JsonReport | undefined => {
  const report = parseObject(output.trim()) ?? lastObject(output, /\{"num/g)
  if (report === undefined || !Array.isArray(report['testResults'])) return undefined
  const tests: ReportedTest[] = []
  const wroteSnapshots: string[] = []
  for (const file of list(report['testResults'])) {
    const name = text(file['name'])
    const assertions = list(file['assertionResults'])
    for (const test of assertions) {
      const status = assertionStatus(test['status'])
      const messages = Array.isArray(test['failureMessages']) ? test['failureMessages'].map(text) : []
      const ancestors = Array.isArray(test['ancestorTitles']) ? test['ancestorTitles'].map(text) : []
      tests.push({
        status,
        path: [...ancestors.filter((title) => title !== ''), text(test['title'])],
        file: name,
        ...(typeof test['duration'] === 'number' ? { durationMs: test['duration'] } : {}),
        ...(status === 'fail' ? { message: plain(messages.join('\n')) } : {}),
      })
    }
    if (assertions.length === 0 && file['status'] === 'failed')
      tests.push({ status: 'fail', path: ['the file loads'], file: name, message: plain(text(file['message'])) })
  }
  if (isObject(report['snapshot']) && Number(report['snapshot']['added'] ?? 0) > 0)
    wroteSnapshots.push(`${Number(report['snapshot']['added'])} snapshots`)
  return { tests, wroteSnapshots }
}

/** The lines that our own reporter for node:test writes (its TAP names a test's file only when it fails). */
export const parseNodeEvents = (output: string): JsonReport | undefined => {
  const tests: ReportedTest[] = []
  for (const line of output.split('\n').filter((each) => each !== '')) {
    const event = parseObject(line)
    if (event === undefined) return undefined
    const message = text(event['message'])
    tests.push({
      status: assertionStatus(event['status']),
      path: Array.isArray(event['path']) ? event['path'].map(text) : [],
      ...(text(event['file']) === '' ? {} : { file: text(event['file']) }),
      ...(typeof event['durationMs'] === 'number' ? { durationMs: event['durationMs'] } : {}),
      ...(message === '' ? {} : { message: plain(message) }),
    })
  }
  return tests.length === 0 ? undefined : { tests, wroteSnapshots: [] }
}
