import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { say, step, StepFailed } from '../bootstrap/progress.mjs'

const exec = promisify(execFile)
const packageName = /^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*(@[\w.^~<>=*-]+)?$/

/** Fetches a package with its own tests from the npm registry into a new folder, and says what came. */
export const fetchPackage = async (name: string, into: string): Promise<void> => {
  if (!packageName.test(name)) throw new StepFailed(`"${name}" is not a package name`, { hint: '--package minimist' })
  const folder = mkdtempSync(path.join(tmpdir(), 'iama-demo-'))
  try {
    const { stdout } = await step(`fetching ${name} from the npm registry`, () =>
      exec('npm', ['pack', name, '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: folder }),
    )
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, Packed>) as [Packed]
    await exec('tar', ['-xzf', path.join(folder, packed.filename), '-C', folder, '--no-same-owner'])
    // Most tarballs hold a folder `package`; the name is the publisher's choice, and so is whether it is listed itself.
    const { stdout: listing } = await exec('tar', ['-tzf', path.join(folder, packed.filename)])
    renameSync(path.join(folder, /^[^/\n]+/.exec(listing)![0]), into)
    const { license = 'no licence named' } = JSON.parse(readFileSync(path.join(into, 'package.json'), 'utf8'))
    say(
      `${packed.name} ${packed.version}, ${license}: ${(packed.size / 1_000).toFixed(1)} kB, ${packed.entryCount} files`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Packed {
  readonly name: string
  readonly version: string
  readonly filename: string
  /** Of the download, in bytes. */
  readonly size: number
  readonly entryCount: number
}
