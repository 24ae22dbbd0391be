import { execFile } from 'node:child_process'
import { mkdir, access, constants } from 'node:fs/promises'
import { promisify } from 'node:util'

import { connect } from '../client.ts'
import { connectOptions, serverOf, type Cli } from '../cli.ts'
import { toCliError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { duration } from '../view/format.ts'
import { classesOf, isOffline, modelName, toSetKey, waitsForKey } from '../view/models.ts'
import { oneLine } from '../view/style.ts'
import { table } from '../view/table.ts'

interface Check {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'failed'
  readonly detail: string
  /** What the shell is told when it failed. */
  readonly exitCode?: ExitCode
}

const PROBE_MS = 3_000
const OLDEST_NODE = 20

const checkNode = (): Check => {
  const { version } = process
  const isNew = Number(version.slice(1).split('.')[0]) >= OLDEST_NODE
  return { name: 'node', status: isNew ? 'ok' : 'failed', detail: version, exitCode: ExitCode.usage }
}

const checkGit = async ({ settings }: Cli): Promise<Check> => {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'], { env: settings.childEnvironment })
    return { name: 'git', status: 'ok', detail: oneLine(stdout) }
  } catch {
    return { name: 'git', status: 'warning', detail: 'not found; .gitignore files are read without it' }
  }
}

const checkState = async ({ settings }: Cli): Promise<Check> => {
  try {
    await mkdir(settings.stateDir, { recursive: true, mode: 0o700 })
    await access(settings.stateDir, constants.W_OK)
    return { name: 'state', status: 'ok', detail: settings.stateDir }
  } catch (error) {
    return { name: 'state', status: 'failed', detail: (error as Error).message, exitCode: ExitCode.usage }
  }
}

const checkCredentials = async (cli: Cli): Promise<Check> => {
  const { credentialsFile } = cli.settings
  const account = await cli.credentials.account(await serverOf(cli))
  if (!account)
    return { name: 'credentials', status: 'failed', detail: 'none; run `iama login`', exitCode: ExitCode.server }
  if (await cli.credentials.isExposed()) {
    return { name: 'credentials', status: 'warning', detail: `others can read ${credentialsFile}; run chmod 600 on it` }
  }
  const kind = account.kind === 'tokens' ? `signed in as ${oneLine(account.email)}` : 'an API key'
  return { name: 'credentials', status: 'ok', detail: `${kind}, in ${credentialsFile}` }
}

const checkServer = async (cli: Cli): Promise<Check> => {
  const clients = connect({ ...(await connectOptions(cli)), retryWithinMs: 0, onTrouble: () => undefined })
  const started = performance.now()
  const { user } = await clients.auth.getMe({}, { signal: cli.signal, timeoutMs: PROBE_MS })
  const time = duration(performance.now() - started)
  return {
    name: 'server',
    status: 'ok',
    detail: `${clients.server} knows you as ${oneLine(user?.email ?? '')}, ${time}`,
  }
}

const modelClasses = ['L1', 'L2', 'L3']

/** Which models serve which class; without any the offline engine serves them all. */
const checkModels = async (cli: Cli): Promise<Check> => {
  const clients = connect({ ...(await connectOptions(cli)), retryWithinMs: 0, onTrouble: () => undefined })
  const { models } = await clients.models.listModels({}, { signal: cli.signal, timeoutMs: PROBE_MS })
  const declared = models.filter((model) => !isOffline(model))
  if (declared.length === 0) {
    const detail = 'none declared: the offline engine does everything; see `iama models`'
    return { name: 'models', status: 'ok', detail }
  }
  const served = modelClasses.map((name) => {
    const those = declared.filter((model) => !waitsForKey(model) && classesOf(model).includes(name)).map(modelName)
    return `${name}: ${those.length === 0 ? 'none' : those.join(', ')}`
  })
  const closed = declared.filter(({ circuit }) => circuit === 'open').map(modelName)
  const trouble = closed.length === 0 ? '' : `; not asked for the moment: ${closed.join(', ')}`
  const keyless = declared.filter(waitsForKey).map((model) => `${modelName(model)} (${toSetKey(model)})`)
  const waiting = keyless.length === 0 ? '' : `; waiting for a key of yours: ${keyless.join(', ')}`
  const detail = `${served.join('; ')}${trouble}${waiting}`
  return { name: 'models', status: trouble === '' ? 'ok' : 'warning', detail }
}

/** With which key the system signs verdicts, to be pinned with `iama verify --key`. */
const checkVerdictKey = async (cli: Cli): Promise<Check> => {
  const clients = connect({ ...(await connectOptions(cli)), retryWithinMs: 0, onTrouble: () => undefined })
  const { fingerprint } = await clients.verdictKeys.getVerdictKey({}, { signal: cli.signal, timeoutMs: PROBE_MS })
  return { name: 'verdict key', status: 'ok', detail: oneLine(fingerprint) }
}

/** A check that throws has failed; its message says why. */
const guarded = async (name: string, run: () => Promise<Check>): Promise<Check> => {
  try {
    return await run()
  } catch (error) {
    const { message, exitCode } = toCliError(error)
    return { name, status: 'failed', detail: message, exitCode }
  }
}

/** `iama doctor`: what the client needs, checked one by one. */
export const doctor = async (cli: Cli): Promise<ExitCode> => {
  const checks = [
    checkNode(),
    await checkGit(cli),
    await checkState(cli),
    await guarded('credentials', () => checkCredentials(cli)),
    await guarded('server', () => checkServer(cli)),
    await guarded('models', () => checkModels(cli)),
    await guarded('verdict key', () => checkVerdictKey(cli)),
  ]
  const { out } = cli
  const { green, yellow, red } = out.style
  const marks = { ok: green('✓'), warning: yellow('!'), failed: red('✗') }
  for (const { name, status, detail } of checks) out.event({ type: 'check', name, status, detail })
  const rows = checks.map(({ name, status, detail }) => [marks[status], name, detail])
  out.data(`${table([{ title: '' }, { title: '' }, { title: '' }], rows).join('\n')}\n`)
  return checks.find(({ status }) => status === 'failed')?.exitCode ?? ExitCode.ok
}
