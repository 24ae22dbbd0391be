// One measurement in a process of its own: `side.ts graph|restored|parse <folder> <file of the cache>`. Prints figures.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { buildGraph, FactsCache, rank, type CodeGraph } from '@iama/graph'
import type { Tree } from '@iama/patch'
import ts from 'typescript'

const [mode = '', folder = '', cacheFile = ''] = process.argv.slice(2)

const readTree = (): Map<string, { content: Buffer; executable: boolean }> => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[cm]?[jt]s$/.test(name))
  return new Map(
    names.sort().map((name) => [name, { content: readFileSync(path.join(folder, name)), executable: false }]),
  )
}

const seconds = <T>(work: () => T): readonly [T, number] => {
  const from = performance.now()
  const result = work()
  return [result, (performance.now() - from) / 1_000]
}

/** Of all threads of this process, the garbage collector's among them, in seconds. */
const processor = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** The largest file gets another function at its end. */
const changedTree = (tree: Tree): readonly [Tree, string] => {
  const [name, file] = [...tree].reduce((one, other) => (other[1].content.length > one[1].content.length ? other : one))
  const content = Buffer.concat([file.content, Buffer.from('\nfunction addedLater() { return addedLater }\n')])
  return [new Map(tree).set(name, { content, executable: false }), name]
}

const parse = (tree: Tree): void => {
  for (const [name, { content }] of tree)
    ts.createSourceFile(name, Buffer.from(content).toString('utf8'), ts.ScriptTarget.Latest, true)
}

const sizes = ({ symbols, edgesFrom, lines, files }: CodeGraph) => ({
  ...{ lines, files: files.size, symbols: symbols.length },
  edges: edgesFrom.reduce((sum, edges) => sum + edges.length, 0),
})

const tree = readTree()
const [changed, name] = changedTree(tree)
const measures: Readonly<Record<string, () => object>> = {
  graph: () => {
    const cache = new FactsCache()
    const before = processor()
    const [graph, build] = seconds(() => buildGraph(tree, cache))
    const spent = processor() - before
    const [, change] = seconds(() => buildGraph(changed, cache))
    const [, ranked] = seconds(() => rank(graph, new Map([[name, 1]])))
    const peak = process.resourceUsage().maxRSS / 1024
    writeFileSync(cacheFile, cache.toBytes())
    return { build, processor: spent, change, rank: ranked, peak, ...sizes(graph) }
  },
  restored: () => {
    const bytes = readFileSync(cacheFile)
    const [, restored] = seconds(() => buildGraph(changed, FactsCache.fromBytes(bytes)))
    return { restored, bytes: bytes.length / 2 ** 20 }
  },
  parse: () => {
    const before = processor()
    const [, build] = seconds(() => parse(tree))
    const spent = processor() - before
    const peak = process.resourceUsage().maxRSS / 1024
    const [, change] = seconds(() => parse(new Map([[name, changed.get(name)!]])))
    return { build, processor: spent, change, peak }
  },
}
process.stdout.write(JSON.stringify(measures[mode]!()))
