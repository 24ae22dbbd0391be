import type { RunCommand } from '@iama/verdict'
import type { SandboxRuntime, UploadEntry } from '../../application/ports.ts'
import { parseTreeName, parseTreePath } from '../../domain/paths.ts'
import { BubblewrapWorkbench } from '../workbench.bubblewrap.ts'
import type { SandboxCalls, WholeFile } from './protocol.ts'

async function* entriesOf(files: readonly WholeFile[]): AsyncGenerator<UploadEntry> {
  for (const { path, content, executable } of files) {
    yield { kind: 'file', path: parseTreePath(path), content, executable }
  }
}

/** Carries out what a worker asks of one sandbox. Aborting the signal ends whatever runs in it. */
export const sandboxCalls = (runtime: SandboxRuntime, sandboxId: string, signal: AbortSignal): SandboxCalls => {
  const workbench = new BubblewrapWorkbench(runtime, sandboxId)
  return {
    fork: (from, to) => workbench.fork(from, to),
    write: (dir, files) => workbench.write(dir, files),
    read: (dir, path) => workbench.read(dir, path),
    list: (dir) => workbench.list(dir),
    run: (command: RunCommand) =>
      workbench.run({ ...command, signal: command.signal ? AbortSignal.any([command.signal, signal]) : signal }),
    remove: (dir) => workbench.remove(dir),
    tree: async (dir) => {
      const files: WholeFile[] = []
      for await (const { kind, ...file } of runtime.download(sandboxId, parseTreeName(dir))) {
        if (kind === 'file') files.push(file)
      }
      return files
    },
    put: async (dir, files) => void (await runtime.upload(sandboxId, parseTreeName(dir), entriesOf(files))),
  }
}
