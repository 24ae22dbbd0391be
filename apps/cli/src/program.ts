import { Command, Option } from 'commander'

import { addCheckCommands } from './check-commands.ts'
import type { Cli } from './cli.ts'
import { auditVerify } from './commands/audit.ts'
import { doctor } from './commands/doctor.ts'
import { jobs } from './commands/jobs.ts'
import { kill, type KillFlags } from './commands/kill.ts'
import { login, type LoginFlags } from './commands/login.ts'
import { modelKey } from './commands/model-key.ts'
import { models } from './commands/models.ts'
import { refactor } from './commands/refactor.ts'
import type { GlobalFlags } from './config.ts'
import { usageError } from './errors.ts'
import { exitCodeHelp, type ExitCode } from './exit-code.ts'
import { atLeastOne, jobId, list, one } from './flag-values.ts'
import { addJobCommands } from './job-commands.ts'

/** Makes the tools of a command from the global flags, runs it, and keeps its exit code. */
export type Run = (flags: GlobalFlags, command: (cli: Cli) => Promise<ExitCode>) => Promise<void>

export interface ProgramEnvironment {
  readonly version: string
  readonly stdin: NodeJS.ReadableStream
  /** Whether stdout is a terminal, which must be spared control characters. */
  readonly toTerminal: boolean
  readonly run: Run
}

const addRefactor = (program: Command, run: Run): void => {
  program
    .command('refactor')
    .description('refactor a folder and prove that its behaviour did not change; writes nothing into it')
    .argument('<dir>', 'the folder to submit')
    .option(
      '--goal <goal>',
      'modernize (usual), simplify, dedupe, extract, inline, move, split, structure, type, cycle, safety, modules, auto, "rename <old> <new>", "parameters <function>", or for a model words of your own',
    )
    .option('--target <target>', 'let the language floor rise to this version, for example node20')
    .option('--include <glob>', 'refactor only these files; may be repeated', one)
    .option('--exclude <glob>', 'do not even submit these files; may be repeated', one)
    .option('--recipes <names>', 'use only these recipes, separated by commas', list)
    .option('--skip <names>', 'never use these recipes, separated by commas', list)
    .option('--evidence <kind>', 'proven (usual), or verified: also edits that only recorded sessions can vouch for')
    .option('--test <command>', "run the project's tests with this command")
    .option('--engine <engine>', 'model or codemod; usually models where there are any, else the offline engine')
    .option('--budget <usd>', 'the most that models may cost in this job, in US dollars')
    .addOption(new Option('--model-endpoint <url>').hideHelp())
    .addOption(new Option('--model <name>').hideHelp())
    .addOption(new Option('--model-key-env <name>').hideHelp())
    .option('--yes', 'take the first proposal and approve its spec without asking', false)
    .addHelpText('after', '\nEach but --yes may also stand in .iama.yaml in the folder; flags win.')
    .action(async (dir: string, _options: unknown, command: Command) => {
      const {
        server: _server,
        color: _color,
        json: _json,
        ...flags
      } = command.optsWithGlobals<GlobalFlags & { yes: boolean }>()
      await run(command.optsWithGlobals(), (cli) => refactor(cli, dir, flags))
    })
}

const keyAsArgument = usageError(
  'the key is no argument: whoever lists the processes has seen it, and the shell may keep it',
  'Replace it at the provider, and type the new one when you are asked, or pipe it into stdin.',
)

const addModels = (program: Command, { run, stdin }: ProgramEnvironment): void => {
  const listing = program
    .command('models')
    .description('list the models that work here, what they cost, whose keys they take and whether they can be reached')
    .action((_flags: unknown, self: Command) => run(self.optsWithGlobals(), models))
  listing
    .command('key')
    .description('store your own key for a provider that asks for one, in place of the one before')
    .argument('<provider>', 'its name, as `iama models` shows it before the /')
    .option('--remove', 'remove the key instead', false)
    .allowExcessArguments() // commander's own refusal would print them
    .addHelpText(
      'after',
      '\nThe key is asked for on a terminal, else read from stdin; it is never an argument. It belongs to your whole' +
        '\ntenant, is kept encrypted and is not shown again. Only owners and admins may store or remove it.',
    )
    .action((provider: string, flags: { remove: boolean }, self: Command) =>
      run(self.optsWithGlobals(), (cli) => {
        if (self.args.length > 1) throw keyAsArgument
        return modelKey(cli, stdin, provider, flags)
      }),
    )
}

const addKill = (program: Command, run: Run): void => {
  program
    .command('kill')
    .description('for those who run IAMA: end open jobs at once, whoever they belong to')
    .option('--job <id>', 'only this one', jobId)
    .option('--tenant <id>', 'all of this tenant')
    .option('--all', 'all of all tenants', false)
    .option('--yes', 'do not ask whether it is meant', false)
    .addHelpText(
      'after',
      '\nEnds them as KILLED; what models write for them stops within seconds. It takes the permission' +
        '\nmonitoring.operate in a tenant that OPERATOR_TENANTS names. Nobody is kept from starting another job.' +
        '\nYour own job you end with `iama cancel`.',
    )
    .action((flags: KillFlags, self: Command) => run(self.optsWithGlobals(), (cli) => kill(cli, flags)))
}

/** The command line: flags to values, values to commands. */
export const createProgram = (environment: ProgramEnvironment): Command => {
  const { run, stdin } = environment
  const program = new Command('iama')
    .description('Refactors real code and proves that its behaviour did not change.')
    .version(environment.version)
    .option('--server <url>', 'the address of the gateway; also IAMA_SERVER')
    .option('--json', 'print events and results as JSON lines')
    .option('--color <when>', 'auto, always or never; NO_COLOR is honoured')
    .addHelpText('after', `\n${exitCodeHelp}`)
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })

  addRefactor(program, run)
  addCheckCommands(program, environment)
  program
    .command('jobs')
    .description('list your jobs, newest first')
    .option('--most <n>', 'at most so many', atLeastOne, 20)
    .action((flags: { most: number }, self: Command) => run(self.optsWithGlobals(), (cli) => jobs(cli, flags.most)))
  addJobCommands(program, environment)
  addModels(program, environment)
  program
    .command('doctor')
    .description('check what the client needs')
    .action((_flags: unknown, self: Command) => run(self.optsWithGlobals(), doctor))
  program
    .command('login')
    .description('sign in; a password or key is asked for on a terminal, else read from stdin')
    .option('--email <address>', 'your e-mail address')
    .option('--api-key', 'sign in with an API key', false)
    .option('--register', 'make a new user', false)
    .action((flags: LoginFlags, self: Command) => run(self.optsWithGlobals(), (cli) => login(cli, stdin, flags)))
  const audit = program.command('audit').description('the audit trail')
  audit
    .command('verify')
    .description('check every link of the audit chain')
    .action((_flags: unknown, self: Command) => run(self.optsWithGlobals(), auditVerify))
  addKill(program, run)
  return program
}
