import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { Tree, TreeFile } from '@iama/patch'
import { Skipped, type Done, type Task } from './task.ts'

// The process of one tool on one package, so that its time and its memory are its own: a task on stdin, JSON on stdout.

type Failures = Pick<Done, 'crashes' | 'skips'>

const oneLine = (error: unknown): string => String((error as Error)?.message ?? error).split('\n')[0]!

const runPeer = async (task: Task, driver: Exclude<Task['tool']['driver'], 'iama'>): Promise<Failures> => {
  const { rewriters } = await import('./peers.ts')
  const rewrite = await rewriters[driver](task)
  const crashes: string[] = []
  const skips: string[] = []
  for (const file of task.files) {
    const at = path.join(task.folder, file.path)
    try {
      await writeFile(at, await rewrite(await readFile(at, 'utf8'), file))
    } catch (error) {
      ;(error instanceof Skipped ? skips : crashes).push(`${file.path}: ${oneLine(error)}`)
    }
  }
  return { crashes, skips }
}

const readPackage = async (folder: string): Promise<Tree> => {
  const tree = new Map<string, TreeFile>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const at = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, at).split(path.sep).join('/')
    if (entry.isFile() && !/(^|\/)node_modules\//.test(name))
      tree.set(name, { content: await readFile(at), executable: false })
  }
  return tree
}

const runOurs = async ({ folder, files, tool }: Task): Promise<Failures> => {
  const { refactored } = await import('./engine.ts')
  const paths = files.map((file) => file.path)
  try {
    const tree = refactored(await readPackage(folder), tool.transforms, paths)
    for (const name of paths) await writeFile(path.join(folder, name), tree.get(name)!.content)
    return { crashes: [], skips: [] }
  } catch (error) {
    return { crashes: [oneLine(error)], skips: [] }
  }
}

const task = JSON.parse(await text(process.stdin)) as Task
const { driver } = task.tool
const failures = driver === 'iama' ? await runOurs(task) : await runPeer(task, driver)
const done: Done = { ...failures, peakMiB: process.resourceUsage().maxRSS / 1024 }
process.stdout.write(`\n${JSON.stringify(done)}\n`, () => process.exit(0))
