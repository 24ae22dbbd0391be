import { Option, type Command } from 'commander'

import { accept, type AcceptFlags } from './commands/accept.ts'
import { answer, type AnswerFlags } from './commands/answer.ts'
import { cancel } from './commands/cancel.ts'
import { clarify } from './commands/clarify.ts'
import { cost } from './commands/cost.ts'
import { diff } from './commands/diff.ts'
import { intervene, type InterveneFlags } from './commands/intervene.ts'
import { revert } from './commands/revert.ts'
import { spec, type SpecFlags } from './commands/spec.ts'
import { tests } from './commands/tests.ts'
import { verdict } from './commands/verdict.ts'
import { watch } from './commands/watch.ts'
import { jobId, list, wholeNumber } from './flag-values.ts'
import type { ProgramEnvironment } from './program.ts'

type AddCommand = (name: string, description: string) => Command

const addWork = (command: AddCommand, { run, toTerminal }: ProgramEnvironment): void => {
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
    .option('--commits', 'commit it as well, in small commits that are each green')
    .option(...dir)
    .action((job: string, flags: Partial<AcceptFlags>, self: Command) =>
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
  command('verdict', 'print the signed verdict').action((job: string, _flags: unknown, self: Command) =>
    run(self.optsWithGlobals(), (cli) => verdict(cli, job)),
  )
  command('cancel', 'stop a job').action((job: string, _flags: unknown, self: Command) =>
    run(self.optsWithGlobals(), (cli) => cancel(cli, job)),
  )
}

const addDecisions = (command: AddCommand, { run }: ProgramEnvironment): void => {
  command('spec', "show a job's spec, or change it")
    .option('--edit', 'open both halves in $VISUAL or $EDITOR', false)
    .option('--bdd <file>', 'the new scenarios, Gherkin')
    .option('--sdd <file>', 'the new design, Markdown')
    .option('--revision <token>', 'the version that was edited; an outdated one is refused')
    .action((job: string, flags: SpecFlags, self: Command) =>
      run(self.optsWithGlobals(), (cli) => spec(cli, job, flags)),
    )
  command('clarify', 'talk about the spec: says the text, shows what is asked; on a terminal until nothing is open')
    .argument('[text...]', 'what to say; without it the conversation so far')
    .action((job: string, words: string[], _flags: unknown, self: Command) =>
      run(self.optsWithGlobals(), (cli) => clarify(cli, job, words)),
    )
  command('intervene', 'tell a job that stopped how to go on; without a choice, why it stopped')
    .option('--retry', 'try again')
    .option('--hint <text>', 'with --retry: what to do better')
    .option('--budget <usd>', "with --retry: the job's new budget, in US dollars")
    .option('--take-green', 'take the part of the patch that is green')
    .option('--own <file>', 'verify your own patch, a JSON file, instead')
    .option('--deep-fix', 'let the dearest model start afresh')
    .option('--confirm <usd>', 'with --deep-fix: the most that it may cost, in US dollars')
    .option('--cancel', 'stop the job')
    .action((job: string, flags: InterveneFlags, self: Command) =>
      run(self.optsWithGlobals(), (cli) => intervene(cli, job, flags)),
    )
  command('cost', 'show what the models of a job have used').action((job: string, _flags: unknown, self: Command) =>
    run(self.optsWithGlobals(), (cli) => cost(cli, job)),
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
}

/** The commands that name a job. */
export const addJobCommands = (program: Command, environment: ProgramEnvironment): void => {
  const command: AddCommand = (name, description) =>
    program.command(name).description(description).argument('<job>', 'the id of a job', jobId)
  addDecisions(command, environment)
  addWork(command, environment)
}
