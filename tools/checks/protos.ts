import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runLogged } from '../bootstrap/progress.mjs'
import { bin, root } from '../workspace.ts'

/** Folders of packages whose protos buf.yaml names; buf reads only what really stands below its folder. */
export const packagedProtos = [
  'google-proto-files/google/rpc',
  'grpc-health-check/proto',
  '@grpc/reflection/build/proto',
].map((folder) => path.join('node_modules', folder))

const hint = 'the lines above name the file; what a release has promised is only added to, or comes as a new version'

/** The newest release that the present commit comes from; nothing before the first one, or where there is no git. */
export const lastRelease = (workspace: string): string | undefined => {
  if (!existsSync(path.join(workspace, '.git'))) return undefined
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore']
    return execFileSync('git', ['describe', '--tags', '--abbrev=0'], { cwd: workspace, stdio }).toString().trim()
  } catch {
    return undefined
  }
}

/** The protos of a release, with what they import, in a folder of their own. */
const unpack = (workspace: string, tag: string): string => {
  const dir = mkdtempSync(path.join(tmpdir(), 'iama-release-'))
  const archive = execFileSync('git', ['archive', '--format=tar', tag, 'proto'], { cwd: workspace, maxBuffer: 2 ** 28 })
  execFileSync('tar', ['-x', '-C', dir], { input: archive })
  cpSync(path.join(workspace, 'buf.yaml'), path.join(dir, 'buf.yaml'))
  for (const folder of packagedProtos) {
    mkdirSync(path.dirname(path.join(dir, folder)), { recursive: true })
    cpSync(path.join(root, folder), path.join(dir, folder), { recursive: true })
  }
  return dir
}

/** `buf lint`, and `buf breaking` against the last release when there is one. */
export const checkProtos = async (logFile: string, workspace: string = root): Promise<void> => {
  await runLogged(bin('buf'), ['lint'], { cwd: workspace, logFile, title: 'buf lint', hint })
  const tag = lastRelease(workspace)
  if (tag === undefined) return
  const dir = unpack(workspace, tag)
  try {
    await runLogged(bin('buf'), ['breaking', '--against', dir], {
      ...{ cwd: workspace, logFile, hint },
      title: `buf breaking against ${tag}`,
    })
    appendFileSync(logFile, `nothing that ${tag} promised is broken\n`)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
