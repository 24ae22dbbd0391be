import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { StepFailed, runLogged } from '../bootstrap/progress.mjs'
import { apps, bin, root } from '../workspace.ts'

interface Node {
  readonly data: { readonly root: string; readonly tags?: readonly string[] }
}

/** What `nx graph --file` writes. */
export interface ProjectGraph {
  readonly nodes: Readonly<Record<string, Node>>
  readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>
}

/** What each type of project may depend on; the tests of the whole system may know everything. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  'type:lib': ['type:lib'],
  'type:service': ['type:lib'],
  'type:edge': ['type:lib'],
  'type:worker': ['type:lib'],
  'type:client': ['type:lib'],
  'type:tools': ['type:lib'],
  'type:e2e': ['type:lib', 'type:service', 'type:edge', 'type:worker', 'type:client', 'type:tools'],
}

const tagsOf = (node: Node, kind: string): string[] =>
  (node.data.tags ?? []).filter((tag) => tag.startsWith(`${kind}:`))

/** A sentence for each project or dependency that breaks the rules between projects. */
export const tagViolations = (graph: ProjectGraph): string[] => {
  const found: string[] = []
  for (const [name, node] of Object.entries(graph.nodes)) {
    const [type, ...others] = tagsOf(node, 'type')
    if (type === undefined || others.length > 0) found.push(`${name}: needs exactly one type: tag`)
    else if (mayUse[type] === undefined) found.push(`${name}: "${type}" is none of ${Object.keys(mayUse).join(' ')}`)
    if (tagsOf(node, 'scope').join() !== `scope:${name}`) found.push(`${name}: needs the tag scope:${name}`)
  }
  for (const [source, edges] of Object.entries(graph.dependencies)) {
    const allowed = mayUse[graph.nodes[source] ? (tagsOf(graph.nodes[source], 'type')[0] ?? '') : ''] ?? []
    for (const { target } of edges) {
      const node = graph.nodes[target]
      const type = node && tagsOf(node, 'type')[0]
      if (type !== undefined && !allowed.includes(type))
        found.push(`${source} -> ${target}: it may not depend on ${type}`)
    }
  }
  return found.sort()
}

/** The graph of projects of a workspace, as Nx sees it. */
export const readGraph = async (workspace: string, logFile: string): Promise<ProjectGraph> => {
  const file = path.join(workspace, '.iama/logs/graph.json')
  mkdirSync(path.dirname(file), { recursive: true })
  await runLogged(bin('nx'), ['graph', `--file=${file}`], {
    cwd: workspace,
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' },
    logFile,
    title: 'nx graph',
    hint: 'npx nx graph shows what is wrong with a project.json',
  })
  return (JSON.parse(readFileSync(file, 'utf8')) as { graph: ProjectGraph }).graph
}

/** The check of `npm run check -- tags`. */
export const checkTags = async (logFile: string): Promise<void> => {
  const graph = await readGraph(root, logFile)
  const missing = apps().filter(({ name }) => graph.nodes[name] === undefined)
  const edges = Object.values(graph.dependencies).flat().length
  const violations = [
    ...missing.map(({ name }) => `${name}: Nx does not know it; it needs a project.json`),
    ...tagViolations(graph),
  ]
  writeFileSync(
    logFile,
    `${violations.join('\n')}\n${Object.keys(graph.nodes).length} projects, ${edges} dependencies\n`,
  )
  if (Object.keys(graph.nodes).length === 0 || edges === 0)
    throw new StepFailed('Nx found no projects or no dependencies', { logFile })
  if (violations.length > 0) {
    throw new StepFailed(`${violations.length} violations of the rules between projects`, {
      tail: violations.join('\n'),
      logFile,
      hint: 'the rules stand in tools/checks/tags.ts',
    })
  }
}
