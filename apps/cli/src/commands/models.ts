import { toJson } from '@bufbuild/protobuf'
import { ModelInfoSchema } from '@iama/contracts/iama/router/v1/model'

import { clientsOf, type Cli } from '../cli.ts'
import { ExitCode } from '../exit-code.ts'
import { declareModels, isOffline, modelName, modelsLines, toSetKey, waitsForKey } from '../view/models.ts'

/** `iama models`: which models serve this tenant, what they cost, whose keys they take, and whether they can be reached. */
export const models = async (cli: Cli): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const { models: found } = await clients.models.listModels({}, { signal: cli.signal })
  const { out } = cli
  for (const model of found)
    out.event({ type: 'model', ...(toJson(ModelInfoSchema, model) as Record<string, unknown>) })
  out.data(`${modelsLines(found, out.style).join('\n')}\n`)
  for (const waiting of found.filter(waitsForKey)) {
    out.note(`${modelName(waiting)} waits for a key of yours; an owner or admin types: ${toSetKey(waiting)}`)
  }
  if (found.every(isOffline)) {
    out.note('no model is declared, so the offline engine does everything; to give the system one:')
    out.note(...declareModels.map((line) => `  ${line}`))
  }
  return ExitCode.ok
}
