import { parse } from 'yaml'
import { z } from 'zod'
import type { Offer } from '../domain/route.ts'

/** A model as the settings declare it. */
export interface ModelSettings {
  readonly offer: Offer
  readonly endpoint: string
  /** Of whoever runs the system; undefined where none is sent, and where each tenant has its own. */
  readonly key: string | undefined
  readonly limits: { readonly firstTokenMs: number; readonly stallMs: number; readonly totalMs: number }
  /** The field of a request that carries the output cap. */
  readonly capField: 'max_tokens' | 'max_completion_tokens'
}

const name = z.string().regex(/^[\w.:/@-]{1,100}$/, 'use letters, digits and . : / @ _ -')
const seconds = z.number().positive().max(3_600)
const dollars = z.number().min(0).max(10_000)

const modelSchema = z.strictObject({
  model: name,
  classes: z
    .array(z.enum(['L1', 'L2', 'L3']))
    .min(1)
    .default(['L1', 'L2', 'L3']),
  /** Context and answer together, in tokens. */
  window: z.number().int().min(2_048).default(128_000),
  /** The most that the model answers, in tokens. */
  output: z.number().int().min(256).default(16_384),
  /** US dollars for a million tokens. */
  price: z
    .strictObject({ input: dollars, cached: dollars.optional(), output: dollars })
    .default({ input: 0, output: 0 }),
  timeouts: z
    .strictObject({ first_token: seconds.default(120), stall: seconds.default(60), total: seconds.default(1_200) })
    .prefault({}),
  cap_field: z.enum(['max_tokens', 'max_completion_tokens']).default('max_tokens'),
})

const providerSchema = z
  .strictObject({
    name: name.refine((text) => text !== 'codemod' && !text.includes('/'), 'codemod and names with / are taken'),
    endpoint: z.url({ protocol: /^https?$/, error: 'is not an http(s) URL' }),
    /** The environment variable that holds the key; none is sent without. */
    key_env: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/, 'is not the name of an environment variable')
      .optional(),
    /** `tenant`: each tenant gives its own key, and is served only with one. */
    key_of: z.literal('tenant', { error: 'can only be tenant; a key of your own stands in key_env' }).optional(),
    models: z.array(modelSchema).min(1),
  })
  .refine(({ key_env: key, key_of: of }) => key === undefined || of === undefined, {
    path: ['key_of'],
    error: 'does not go with key_env: a key is either the platform’s (key_env) or each tenant’s own (key_of)',
  })

const fileSchema = z.strictObject({ providers: z.array(providerSchema) })

type FileModel = z.infer<typeof modelSchema>
type FileProvider = z.infer<typeof providerSchema>

/**
 * The models of a settings file (YAML or JSON), best first.
 * @throws Error that names every wrong line, and every key that is missing in the environment
 */
export const readModels = (
  file: string,
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly ModelSettings[] => {
  const parsed = fileSchema.safeParse(read(file, text))
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || 'the file'}: ${message}`)
    throw new Error([`${file} does not declare models as it should:`, ...wrong].join('\n'))
  }
  const { providers } = parsed.data
  const missing = providers.flatMap(({ key_env: key }) => (key && !environment[key] ? [key] : []))
  if (missing.length > 0) throw new Error(`${file} names keys that are not set: ${missing.join(', ')}`)
  const models = providers.flatMap((provider) =>
    provider.models.map((model) => settingsOf(provider, model, environment)),
  )
  const names = models.map(({ offer }) => `${offer.provider}/${offer.model}`)
  const twice = names.find((each, at) => names.indexOf(each) !== at)
  if (twice) throw new Error(`${file} declares ${twice} twice`)
  return models
}

const read = (file: string, text: string): unknown => {
  try {
    return parse(text)
  } catch (error) {
    throw new Error(`${file} is no YAML: ${(error as Error).message}`, { cause: error })
  }
}

const settingsOf = (
  provider: FileProvider,
  model: FileModel,
  environment: Readonly<Record<string, string | undefined>>,
): ModelSettings => {
  const { input, output, cached = input } = model.price
  const { first_token: firstToken, stall, total } = model.timeouts
  return {
    offer: {
      engine: 'model',
      provider: provider.name,
      model: model.model,
      classes: model.classes,
      window: model.window,
      outputCap: model.output,
      price: { input, cachedInput: cached, output },
      ...(provider.key_of && { keyOf: provider.key_of }),
    },
    endpoint: provider.endpoint.replace(/\/+$/, ''),
    key: provider.key_env ? environment[provider.key_env] : undefined,
    limits: { firstTokenMs: firstToken * 1_000, stallMs: stall * 1_000, totalMs: total * 1_000 },
    capField: model.cap_field,
  }
}
