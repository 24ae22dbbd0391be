import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import { StepFailed } from '../bootstrap/progress.mjs'
import { root } from '../workspace.ts'
import { runningStack } from './info.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The flags of `npm start` and `npm run demo` that declare models. */
export const modelFlags = {
  models: { type: 'string' },
  'model-endpoint': { type: 'string' },
  model: { type: 'string' },
  'model-key-env': { type: 'string' },
} as const

export type ModelFlags = { readonly [name in keyof typeof modelFlags]?: string | undefined }

/** A model as the router reads it from the file, as far as the tools tell of it. */
interface DeclaredModel {
  readonly offer: {
    readonly provider: string
    readonly model: string
    readonly classes: readonly string[]
    readonly price: { readonly input: number; readonly output: number }
    readonly keyOf?: 'tenant'
  }
}

/** The router's own reader. */
interface Reader {
  readModels(file: string, text: string, environment: Environment): readonly DeclaredModel[]
}

/** The models that a person has declared, checked. */
export interface DeclaredModels {
  readonly models: readonly DeclaredModel[]
  /** Makes sure that the file is there, readable by this user alone when it is ours, and says where. */
  file(dir: string): string
}

const hints = {
  both: 'give --models FILE for what the file says, or --model-endpoint with --model for one model',
  endpoint: 'for example --model-endpoint http://127.0.0.1:11434/v1 --model qwen3',
  key: '--model-key-env VAR sends the key that is in the environment variable VAR',
}

// by its path, as the programs of services are: the tools run services and depend on none of them
const readerFile = path.join(root, 'apps/router/src/infrastructure/models-file.ts')

const checked = async (file: string, text: string, environment: Environment): Promise<readonly DeclaredModel[]> => {
  const { readModels } = (await import(readerFile)) as Reader
  try {
    return readModels(file, text, environment)
  } catch (error) {
    throw new StepFailed((error as Error).message, { hint: 'see "Use your own model" in README.md' })
  }
}

const fromFile = async (file: string, environment: Environment): Promise<DeclaredModels> => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new StepFailed(`the file of models cannot be read: ${(error as Error).message}`)
  }
  return { models: await checked(file, text, environment), file: () => file }
}

/** Where the file that is made from flags lies in a stack's folder. */
export const ownModelsFile = (dir: string): string => path.join(dir, 'models.yaml')

const fromEndpoint = async (
  endpoint: string,
  model: string,
  key: string | undefined,
  environment: Environment,
): Promise<DeclaredModels> => {
  if (!URL.canParse(endpoint))
    throw new StepFailed(`--model-endpoint "${endpoint}" is no URL`, { hint: hints.endpoint })
  const url = new URL(endpoint)
  if (url.username !== '' || url.password !== '') {
    throw new StepFailed('--model-endpoint holds a password, which would be seen in the list of processes', {
      hint: hints.key,
    })
  }
  // the host tells a person which endpoint it is
  const name = url.host.replace(/[^\w.:@-]/g, '-')
  const provider = { name, endpoint, ...(key !== undefined && { key_env: key }), models: [{ model }] }
  const text = stringify({ providers: [provider] })
  const models = await checked('--model-endpoint, --model and --model-key-env', text, environment)
  const file = (dir: string): string => {
    const target = ownModelsFile(dir)
    // a stack that is up reads its file again when its router is started again; startStack refuses a second one
    if (runningStack(dir) !== undefined) return target
    mkdirSync(dir, { recursive: true })
    rmSync(target, { force: true })
    writeFileSync(target, text, { mode: 0o600 })
    return target
  }
  return { models, file }
}

/**
 * What the flags declare; undefined without any. Nothing is written or started.
 * @param cwd where the person typed the command
 * @throws StepFailed with what is wrong with the flags, or with the file in the words of the router
 */
export const declaredModels = async (
  flags: ModelFlags,
  { environment, cwd }: { readonly environment: Environment; readonly cwd: string },
): Promise<DeclaredModels | undefined> => {
  const { models, 'model-endpoint': endpoint, model, 'model-key-env': key } = flags
  const hasOne = endpoint !== undefined || model !== undefined || key !== undefined
  if (models !== undefined && hasOne)
    throw new StepFailed('--models and --model-endpoint do not fit', { hint: hints.both })
  if (models !== undefined) return await fromFile(path.resolve(cwd, models), environment)
  if (!hasOne) return undefined
  if (endpoint === undefined || model === undefined) {
    throw new StepFailed('a model needs its endpoint and its name', { hint: hints.endpoint })
  }
  return await fromEndpoint(endpoint, model, key, environment)
}

/**
 * What the router is told of a file of models: where it is, and the keys that it names, no other variable.
 * @throws StepFailed when the file is not as it must be
 */
export const modelSettings = async (
  file: string,
  environment: Environment = process.env,
): Promise<Record<string, string>> => {
  const text = readFileSync(file, 'utf8')
  await checked(file, text, environment)
  const { providers } = parse(text) as { providers: readonly { key_env?: string }[] }
  const keys = providers.flatMap(({ key_env: name }) =>
    name === undefined ? [] : [[name, environment[name]!] as const],
  )
  return { ...Object.fromEntries(keys), MODELS_FILE: file }
}

/** The models for a person, best first, and what a person should know about their cost. */
export const describeModels = ({ models }: DeclaredModels): string => {
  const lines = models.map(
    ({ offer }, n) =>
      `${n === 0 ? 'models' : '      '}      ${offer.provider}/${offer.model} for ${offer.classes.join(' ')}`,
  )
  const isFree = models.every(({ offer }) => offer.price.input === 0 && offer.price.output === 0)
  const keyless = new Set(models.flatMap(({ offer }) => (offer.keyOf === 'tenant' ? [offer.provider] : [])))
  return [
    ...lines,
    ...[...keyless].map((name) => `            ${name} works for who brings a key: npm run iama -- models key ${name}`),
    ...(isFree ? ['            without prices: cost counts as 0, so no budget ends a job; a file can name them'] : []),
  ].join('\n')
}
