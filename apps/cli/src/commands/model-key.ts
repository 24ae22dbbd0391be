import { clientsOf, type Cli } from '../cli.ts'
import { ExitCode } from '../exit-code.ts'
import { readSecret } from '../secret.ts'
import { modelName, waitsForKey } from '../view/models.ts'
import { oneLine } from '../view/style.ts'

/** `iama models key`: stores the tenant's own key for a provider, or takes it back. */
export const modelKey = async (
  cli: Cli,
  stdin: NodeJS.ReadableStream,
  provider: string,
  flags: { readonly remove: boolean },
): Promise<ExitCode> => (flags.remove ? await removeKey(cli, provider) : await setKey(cli, stdin, provider))

const setKey = async (cli: Cli, stdin: NodeJS.ReadableStream, provider: string): Promise<ExitCode> => {
  const { models } = await clientsOf(cli)
  const key = await readSecret(cli, stdin, `key for ${oneLine(provider)}`)
  const { keyHint } = await models.setProviderKey({ provider, key }, { signal: cli.signal })
  cli.out.event({ type: 'provider-key', provider, set: true, keyHint })
  const which = keyHint === '' ? '' : ` that ends in ${oneLine(keyHint)}`
  cli.out.note(`the key for ${oneLine(provider)}${which} is stored, encrypted; nobody is shown it again`)
  const { models: listed } = await models.listModels({}, { signal: cli.signal })
  const served = listed.filter((model) => model.provider === provider && !waitsForKey(model)).map(modelName)
  if (served.length > 0) cli.out.note(`it serves: ${served.join(', ')}`)
  return ExitCode.ok
}

const removeKey = async (cli: Cli, provider: string): Promise<ExitCode> => {
  const { models } = await clientsOf(cli)
  const { removed } = await models.removeProviderKey({ provider }, { signal: cli.signal })
  cli.out.event({ type: 'provider-key', provider, set: false, removed })
  const name = oneLine(provider)
  cli.out.note(
    removed ? `the key for ${name} is removed; it is used for 15 s at the most` : `there was no key for ${name}`,
  )
  return ExitCode.ok
}
