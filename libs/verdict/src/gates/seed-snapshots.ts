import type { GateContext } from './context.ts'

/** Forks a tree and puts the snapshots into it that the baseline run wrote: tests need them and may not write them. */
export const seedSnapshots = async (context: GateContext, where: string, from: string): Promise<void> => {
  const { workbench, baseline } = context.input
  await workbench.fork(from, where)
  const files = baseline.written.map(({ path, content }): [string, Uint8Array] => [
    path,
    Buffer.from(content, 'base64'),
  ])
  if (files.length > 0) await workbench.write(where, new Map(files))
}
