import { spawn } from 'node:child_process'
import { cp, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { RunCommand, RunResult, Workbench } from '../workbench.ts'

const kept = (name: string): boolean => name !== 'node_modules' && name !== '.git'

/**
 * A workbench of plain child processes under `root`: for tests and benchmarks on code that is trusted.
 * It isolates nothing; services use the sandbox's own.
 */
export class LocalWorkbench implements Workbench {
  private readonly root: string

  constructor(root: string) {
    this.root = root
  }

  private at(dir: string, file = ''): string {
    const folder = path.join(this.root, dir)
    const full = path.join(folder, file)
    if (full !== folder && !full.startsWith(folder + path.sep)) throw new Error(`outside of ${dir}: ${file}`)
    return full
  }

  async fork(from: string, to: string): Promise<void> {
    await this.remove(to)
    await mkdir(this.at(to), { recursive: true })
    for (const entry of await readdir(this.at(from))) {
      if (kept(entry)) await cp(this.at(from, entry), this.at(to, entry), { recursive: true, verbatimSymlinks: true })
    }
    const modules = await realpath(this.at(from, 'node_modules')).catch(() => undefined)
    if (modules !== undefined) await symlink(modules, this.at(to, 'node_modules'))
  }

  async write(dir: string, files: ReadonlyMap<string, Uint8Array | null>): Promise<void> {
    for (const [file, content] of files) {
      if (content === null) await rm(this.at(dir, file), { force: true, recursive: true })
      else {
        await mkdir(path.dirname(this.at(dir, file)), { recursive: true })
        await writeFile(this.at(dir, file), content)
      }
    }
  }

  async read(dir: string, file: string): Promise<Uint8Array | undefined> {
    return readFile(this.at(dir, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR') return undefined
      throw error
    })
  }

  async list(dir: string): Promise<string[]> {
    const found: string[] = []
    const walk = async (folder: string): Promise<void> => {
      for (const entry of await readdir(this.at(dir, folder), { withFileTypes: true })) {
        if (!kept(entry.name)) continue
        const file = folder === '' ? entry.name : `${folder}/${entry.name}`
        if (entry.isDirectory()) await walk(file)
        else if (entry.isFile()) found.push(file)
      }
    }
    await walk('')
    return found.sort((a, b) => (a < b ? -1 : 1))
  }

  async run(command: RunCommand): Promise<RunResult> {
    const started = performance.now()
    const cwd = this.at(command.dir)
    const [file = 'false', ...args] = command.argv
    const child = spawn(file === 'node' ? process.execPath : file, args, {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: [path.join(cwd, 'node_modules/.bin'), path.dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
        HOME: this.root,
        ...command.env,
      },
    })
    const state = { timedOut: false, truncated: false }
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // it has ended by itself in the meantime
      }
    }
    const collect = (stream: NodeJS.ReadableStream): (() => string) => {
      const chunks: Buffer[] = []
      let size = 0
      stream.on('data', (chunk: Buffer) => {
        const rest = command.maxOutputBytes - size
        if (chunk.length > rest) state.truncated = true
        if (rest > 0) chunks.push(chunk.subarray(0, rest))
        size += chunk.length
      })
      return () => Buffer.concat(chunks).toString('utf8')
    }
    const stdout = collect(child.stdout)
    const stderr = collect(child.stderr)
    const timer = setTimeout(() => {
      state.timedOut = true
      kill()
    }, command.timeoutMs)
    command.signal?.addEventListener('abort', kill, { once: true })
    try {
      const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
        child.on('error', (error: NodeJS.ErrnoException) =>
          error.code === 'ENOENT' ? resolve([127, null]) : reject(error),
        )
        // a test may leave a grandchild that holds the pipes: the command's own end counts
        child.on('exit', (code, name) => {
          if (name !== null) setTimeout(() => resolve([code, name]), 50)
          else {
            const late = setTimeout(() => resolve([code, name]), 1_000)
            child.on('close', () => {
              clearTimeout(late)
              resolve([code, name])
            })
          }
        })
      })
      return {
        exitCode,
        signal,
        timedOut: state.timedOut,
        outputTruncated: state.truncated,
        stdout: stdout(),
        stderr: stderr() + (exitCode === 127 ? `\n${file}: not found` : ''),
        durationMs: performance.now() - started,
      }
    } finally {
      clearTimeout(timer)
      command.signal?.removeEventListener('abort', kill)
      kill()
    }
  }

  async remove(dir: string): Promise<void> {
    await rm(this.at(dir), { recursive: true, force: true })
  }
}
