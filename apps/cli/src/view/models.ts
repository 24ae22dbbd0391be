import { ModelClass } from '@iama/contracts/iama/router/v1/service'
import type { ModelInfo } from '@iama/contracts/iama/router/v1/model'

import { oneLine, type Style } from './style.ts'
import { table } from './table.ts'

/** How a user gives the system a model. */
export const declareModels: readonly string[] = [
  'npm start -- --model-endpoint URL --model NAME    one model of an OpenAI-compatible endpoint',
  'npm start -- --models FILE                        several, with prices and classes',
]

export const isOffline = ({ provider }: ModelInfo): boolean => provider === 'codemod'

const classNames: Readonly<Record<number, string>> = {
  [ModelClass.L1]: 'L1',
  [ModelClass.L2]: 'L2',
  [ModelClass.L3]: 'L3',
}

/** The classes that a model serves, for example `L1 L2`. */
export const classesOf = ({ classes }: ModelInfo): string[] => classes.map((one) => classNames[one] ?? `class ${one}`)

/** A provider's model in one word. */
export const modelName = ({ provider, model }: Pick<ModelInfo, 'provider' | 'model'>): string =>
  model === '' || provider === 'codemod' ? oneLine(provider) : oneLine(`${provider}/${model}`)

const perMillion = (micros: bigint): string => (micros === 0n ? '0' : String(Number(micros) / 1e6))

const prices = (model: ModelInfo): string =>
  [model.inputPriceMicros, model.cachedPriceMicros, model.outputPriceMicros].map(perMillion).join(' / ')

const circuit = (state: string, { green, yellow, red }: Style): string => {
  const paint = state === 'closed' ? green : state === 'open' ? red : yellow
  return state === '' ? '' : paint(oneLine(state))
}

const tokens = (n: bigint): string => (n === 0n ? '' : n.toLocaleString('en-US').replaceAll(',', ' '))

/** Whether the model is not asked before the tenant has stored a key of its own. */
export const waitsForKey = ({ keySource }: ModelInfo): boolean => keySource === 'missing'

/** What a person types to store a key for the model's provider. */
export const toSetKey = ({ provider }: ModelInfo): string => `iama models key ${oneLine(provider)}`

const key = ({ keySource, keyHint }: ModelInfo, { yellow }: Style): string => {
  if (keySource === 'missing') return yellow('missing')
  return keySource === 'own' && keyHint !== '' ? `own, ends in ${oneLine(keyHint)}` : oneLine(keySource)
}

/** The models in the order of preference; says so when the offline engine is alone. */
export const modelsLines = (models: readonly ModelInfo[], style: Style): string[] => {
  const currency = models.find((model) => !isOffline(model))?.currency ?? ''
  const rows = models.map((model) => [
    modelName(model),
    classesOf(model).join(' '),
    tokens(model.contextTokens),
    tokens(model.outputTokens),
    isOffline(model) ? 'free' : prices(model),
    circuit(model.circuit, style),
    isOffline(model) ? 'on this system' : oneLine(model.endpoint),
    isOffline(model) ? '' : key(model, style),
  ])
  const titles = [
    { title: 'MODEL' },
    { title: 'CLASSES' },
    { title: 'WINDOW', align: 'right' as const },
    { title: 'ANSWER', align: 'right' as const },
    { title: `${oneLine(currency) || 'USD'} A MILLION (IN / CACHED / OUT)` },
    { title: 'CIRCUIT' },
    { title: 'ENDPOINT' },
    { title: 'KEY' },
  ]
  return table(titles, rows)
}
