import { Command, InvalidArgumentError, Option } from 'commander'
import { isUuid } from '@iama/kernel'

import type { Cli } from './cli.ts'
import { accept } from './commands/accept.ts'
import { answer, type AnswerFlags } from './commands/answer.ts'
import { auditVerify } from './commands/audit.ts'
import { cancel } from './commands/cancel.ts'
import { diff } from './commands/diff.ts'
import { doctor } from './commands/doctor.ts'
import { jobs } from './commands/jobs.ts'
import { login, type LoginFlags } from './commands/login.ts'
import { refactor } from './commands/refactor.ts'
import { revert } from './commands/revert.ts'
import { spec, type SpecFlags } from './commands/spec.ts'
import { tests } from './commands/tests.ts'
import { verdict } from './commands/verdict.ts'
import { watch } from './commands/watch.ts'
import type { GlobalFlags } from './config.ts'
import { exitCodeHelp, type ExitCode } from './exit-code.ts'

/** Makes the tools of a command from the global flags, runs it, and keeps its exit code. */
export type Run = (flags: GlobalFlags, command: (cli: Cli) => Promise<ExitCode>) => Promise<void>

export interface ProgramEnvironment {
  readonly version: string
  readonly stdin: NodeJS.ReadableStream
  /** Whether stdout is a terminal, which must be spared control characters. */
  readonly toTerminal: boolean
  readonly run: Run
}

const one = (value: string, before: readonly string[] = []): string[] => [...before, value]
const list = (value: string, before: readonly string[] = []): string[] => [
  ...before,
  ...value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
]

const jobId = (value: string): string => {
  if (!isUuid(value)) throw new InvalidArgumentError('A job is named by its id; see `iama jobs`.')
  return value.toLowerCase()
}

const wholeNumber = (value: string): number => {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(value)
}

const atLeastOne = (value: string): number => {
  const n = wholeNumber(value)
  if (n < 1) throw new InvalidArgumentError('It must be 1 or more.')
  return n
}

const addRefactor = (program: Command, run: Run): void => {
  program
    .command('refactor')
    .description('refactor a folder and prove that its behaviour did not change; writes nothing into it')
    .argument('<dir>', 'the folder to submit')
    .option('--goal <goal>', 'modernize (usual), simplify, extract, auto, or "rename <old> <new>"')
    .option('--target <target>', 'let the language floor rise to this version, for example node20')
    .option('--include <glob>', 'refactor only these files; may be repeated', one)
    .option('--exclude <glob>', 'do not even submit these files; may be repeated', one)
    .option('--recipes <names>', 'use only these recipes, separated by commas', list)
    .option('--skip <names>', 'never use these recipes, separated by commas', list)
    .option('--test <command>', "run the project's tests with this command")
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

const addJobCommands = (program: Command, { run, toTerminal }: ProgramEnvironment): void => {
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).argument('<job>', 'the id of a job', jobId)
  const dir = ['--dir <dir>', 'the folder, when another machine submitted it'] as const

  command('watch', "show a job's log and follow it until it rests")
    .option('--since <n>', 'start after this event', wholeNumber, 0)
    .action((job: string, flags: { since: number }, self: Command) =>
      run(self.optsWithGlobals(), (cli) => watch(cli, job, BigInt(flags.since))),
    )
  command('diff', 'print the patch as git apply takes it').action((job: string, _flags: unknown, self: Command) =>
    run(self.optsWithGlobals(), (cli) => diff(cli, job, toTerminal)),
  )
  command('accept', 'write the patch into your folder, whole or not at all')
    .addOption(new Option('--only <edits>', 'only these edits, verified first').argParser(list).conflicts('except'))
    .addOption(new Option('--except <edits>', 'without these edits, verified first').argParser(list))
    .option(...dir)
    .action((job: string, flags: { only?: string[]; except?: string[]; dir?: string }, self: Command) =>
      run(self.optsWithGlobals(), (cli) => accept(cli, job, { only: [], except: [], ...flags })),
    )
  command('revert', 'take an accepted patch back, byte for byte')
    .option(...dir)
    .action((job: string, flags: { dir?: string }, self: Command) =>
      run(self.optsWithGlobals(), (cli) => revert(cli, job, flags.dir)),
    )
  command('tests', 'show the recorded behaviour as readable tests')
    .option('--write', 'write them into your folder', false)
    .option(...dir)
    .action((job: string, flags: { write: boolean; dir?: string }, self: Command) =>
      run(self.optsWithGlobals(), (cli) => tests(cli, job, flags)),
    )
  command('spec', "show a job's spec, or replace parts of it")
    .option('--bdd <file>', 'the new scenarios, Gherkin')
    .option('--sdd <file>', 'the new design, Markdown')
    .option('--revision <token>', 'the version that was edited; an outdated one is refused')
    .action((job: string, flags: SpecFlags, self: Command) =>
      run(self.optsWithGlobals(), (cli) => spec(cli, job, flags)),
    )
  command('answer', 'tell a waiting job how to go on')
    .option('--select <proposal>', 'take this proposal')
    .option('--approve', 'approve the latest spec')
    .option('--retry', 'try again')
    .option('--hint <text>', 'with --retry: what to do better')
    .option('--take-green', 'take the part of the patch that is green')
    .option('--own-edits <file>', 'verify your own patch, a JSON file, instead')
    .action((job: string, flags: AnswerFlags, self: Command) =>
      run(self.optsWithGlobals(), (cli) => answer(cli, job, flags)),
    )
  command('verdict', 'print the signed verdict').action((job: string, _flags: unknown, self: Command) =>
    run(self.optsWithGlobals(), (cli) => verdict(cli, job)),
  )
  command('cancel', 'stop a job').action((job: string, _flags: unknown, self: Command) =>
    run(self.optsWithGlobals(), (cli) => cancel(cli, job)),
  )
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
  program
    .command('jobs')
    .description('list your jobs, newest first')
    .option('--most <n>', 'at most so many', atLeastOne, 20)
    .action((flags: { most: number }, self: Command) => run(self.optsWithGlobals(), (cli) => jobs(cli, flags.most)))
  addJobCommands(program, environment)
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
  return program
}
