import path from 'node:path'
import { withLock } from './bootstrap/lock.mjs'
import { runLogged, say, step } from './bootstrap/progress.mjs'
import { contentHash, unlessDone } from './stamp.ts'
import { bin, root } from './workspace.ts'

const inputs = ['proto', 'buf.yaml', 'buf.gen.yaml', 'package-lock.json', 'tools/generate.ts']

/** Generates libs/contracts/src/gen from proto/ when it is out of date. Returns whether it was. */
export const ensureGenerated = (): Promise<boolean> =>
  withLock(path.join(root, '.iama/locks/generate'), () =>
    unlessDone('generate', contentHash(inputs), ['libs/contracts/src/gen'], () =>
      step('generating code from the protos', (note) =>
        runLogged(bin('buf'), ['generate'], {
          cwd: root,
          // buf looks for its plugin on PATH.
          env: { ...process.env, PATH: `${path.dirname(bin('buf'))}${path.delimiter}${process.env['PATH'] ?? ''}` },
          logFile: path.join(root, '.iama/logs/generate.log'),
          note,
          title: 'buf generate',
          hint: 'the log names the proto file and line; npx buf lint says more',
        }),
      ),
    ),
  )

export const run = async (): Promise<number> => {
  if (!(await ensureGenerated())) say('the generated code is up to date')
  return 0
}
