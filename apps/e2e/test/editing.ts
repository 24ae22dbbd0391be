import { spawn } from 'node:child_process'
import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { System } from './system.ts'

const program = path.resolve(import.meta.dirname, '../../cli/dist/main.js')

/** A program that edits the file that it is given, as a person's editor would. */
export const editor = async (script: string): Promise<string> => {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'iama-editor-')), 'edit')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

export interface Edited {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** `iama spec <job> --edit` with an editor of one's own. */
export const editSpec = async (system: System, jobId: string, editorProgram: string): Promise<Edited> => {
  const home = await mkdtemp(path.join(tmpdir(), 'iama-editing-'))
  const child = spawn(process.execPath, [program, 'spec', jobId, '--edit'], {
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_STATE_HOME: home,
      IAMA_SERVER: system.info.gatewayUrl,
      IAMA_CREDENTIALS: system.credentials,
      VISUAL: editorProgram,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
  })
}
