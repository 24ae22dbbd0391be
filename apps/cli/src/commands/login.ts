import { connect, connectAuth } from '../client.ts'
import { connectOptions, serverOf, type Cli } from '../cli.ts'
import type { Account } from '../credentials.ts'
import { usageError } from '../errors.ts'
import { ExitCode } from '../exit-code.ts'
import { readSecret } from '../secret.ts'
import { storedTokens } from '../session.ts'
import { oneLine } from '../view/style.ts'

export interface LoginFlags {
  readonly email?: string
  /** Reads an API key instead of a password. */
  readonly apiKey: boolean
  /** Makes a new user and tenant. */
  readonly register: boolean
}

const signIn = async (cli: Cli, stdin: NodeJS.ReadableStream, flags: LoginFlags): Promise<Account> => {
  if (flags.apiKey) return { kind: 'apiKey', apiKey: (await readSecret(cli, stdin, 'API key')).trim() }
  const email = flags.email ?? (await cli.prompts?.email())
  if (!email) throw usageError('no e-mail address was given', 'Give --email, or run this on a terminal.')
  const password = await readSecret(cli, stdin, 'password')
  const auth = connectAuth(await connectOptions(cli))
  const options = { signal: cli.signal }
  const { tokens } = flags.register
    ? await auth.register({ email, password, tenantName: '' }, options)
    : await auth.login({ email, password }, options)
  return storedTokens(email, tokens)
}

/** `iama login`: remembers who you are at a server, after the server has confirmed it. */
export const login = async (cli: Cli, stdin: NodeJS.ReadableStream, flags: LoginFlags): Promise<ExitCode> => {
  const server = await serverOf(cli)
  const account = await signIn(cli, stdin, flags)
  // a key that nobody has tried could be a typing error: ask with it before anything is stored
  const options = await connectOptions(cli)
  const unsaved = { account: () => Promise.resolve(account) } as unknown as typeof options.credentials
  const { user } = await connect({ ...options, credentials: unsaved }).auth.getMe({}, { signal: cli.signal })
  await cli.credentials.save(server, account)
  cli.out.event({ type: 'login', server, email: user?.email ?? '', tenantId: user?.tenantId ?? '' })
  cli.out.note(`signed in at ${server} as ${oneLine(user?.email ?? '')}`)
  return ExitCode.ok
}
