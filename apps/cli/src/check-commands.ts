import type { Command } from 'commander'

import { check, type CheckFlags } from './commands/check.ts'
import { verify, type VerifyFlags } from './commands/verify.ts'
import { one } from './flag-values.ts'
import type { ProgramEnvironment } from './program.ts'

const checkExamples = `
Ends with 0 when every gate passes and with 5 when one fails, as a step of a CI wants it. Nothing is written into the
folder; no model is asked. --test and exclude may also stand in .iama.yaml, which is read as it is before the change.

Examples:
  iama check . --base origin/main                 what this branch and the working tree changed since then
  git diff --cached | iama check . --patch -      what is about to be committed, before it is in the folder
  iama check packages/core --patch agent.patch    a diff that somebody sent; paths from the top or from the folder
  iama check . --base HEAD~1 --out verdict.json   and keep the signed verdict, for iama verify`

const verifyExamples = `
Works without a server. Ends with 0 when the signature is good, and the key, the patch and the folder are the expected
ones where they are given; with 5 when the verdict must not be believed or is about something else; with 2 when the file
is none. A green and a red verdict both verify: read what it says.

Examples:
  iama verify verdict.json                        which key signed, and what the verdict says
  iama verify verdict.json --key 3f9a...          only if this key signed (64 hex digits; iama doctor shows them)
  iama verify verdict.json --key key.pem --tree . only if it is about the code in this folder`

/** The commands about patches and verdicts from elsewhere. */
export const addCheckCommands = (program: Command, { run, stdin }: ProgramEnvironment): void => {
  program
    .command('check')
    .description('let the gates judge a change that anybody made: a colleague, an agent, a codemod')
    .argument('<dir>', 'the folder of the project')
    .option('--base <ref>', 'the change is what the working tree has and this commit has not')
    .option('--patch <file>', 'the change is a unified diff, or a patch in JSON; - reads stdin')
    .option('--exclude <glob>', 'do not even submit these files; may be repeated', one)
    .option('--test <command>', "run the project's tests with this command")
    .option('--out <file>', 'write the signed verdict there')
    .addHelpText('after', checkExamples)
    .action((dir: string, flags: CheckFlags, self: Command) =>
      run(self.optsWithGlobals(), (cli) => check(cli, stdin, dir, flags)),
    )
  program
    .command('verify')
    .description('check the signature of a verdict, offline, and show what it says')
    .argument('<file>', 'the signed verdict; - reads stdin')
    .option('--key <key>', 'the fingerprint of the key that must have signed, or a file with it in PEM')
    .option('--patch <file>', 'the patch in JSON that the verdict must be about')
    .option('--tree <dir>', 'a folder that must hold the code before the patch, or with it')
    .addHelpText('after', verifyExamples)
    .action((file: string, flags: VerifyFlags, self: Command) =>
      run(self.optsWithGlobals(), (cli) => verify(cli, stdin, file, flags)),
    )
}
