import { spawn } from 'node:child_process'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { hunksOf } from './hunks.ts'
import { judge, type Judgement } from './judge.ts'
import type { Prepared } from './prepare.ts'
import type { Done, Task } from './task.ts'
import type { Tool } from './tools.ts'

/** One tool on one package, as it goes into the results. */
export interface Cell extends Judgement, Done {
  readonly package: string
  readonly tool: string
  /** Hunks that say something new, and those that change the layout alone. */
  readonly hunks: number
  readonly churn: number
  /** Of the tool's process, start included. */
  readonly seconds: number
}

const toolMs = 120_000

const drive = async (task: Task): Promise<Done & { readonly seconds: number }> => {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'drive.ts')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: toolMs,
    killSignal: 'SIGKILL',
  })
  child.stdin.end(JSON.stringify(task))
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ])
  const seconds = (performance.now() - startedAt) / 1_000
  const last = out.trim().split('\n').at(-1) ?? ''
  if (code === 0 && last.startsWith('{')) return { ...(JSON.parse(last) as Done), seconds }
  const said = err.split('\n').find((line) => /Error/.test(line)) ?? `it ended with ${code}`
  return { crashes: [`the whole run: ${said}`], skips: [], peakMiB: 0, seconds }
}

/** Lets a tool work on a copy of the package and puts what it made of it to the gates. */
export const runTool = async (tool: Tool, tools: string, prepared: Prepared): Promise<Cell> => {
  const { workbench, folder, files, tree, subject } = prepared
  await workbench.fork('base', 'tool')
  const done = await drive({ tool, tools, folder: path.join(folder, 'tool'), files })
  const after = new Map(tree)
  for (const { path: file } of files)
    after.set(file, { content: (await workbench.read('tool', file)) ?? new Uint8Array(), executable: false })
  await workbench.remove('tool')
  const { patch, churn } = hunksOf(tree, after)
  const judgement = await judge(prepared, patch)
  return { package: subject.name, tool: tool.name, hunks: patch.edits.length, churn, ...done, ...judgement }
}
