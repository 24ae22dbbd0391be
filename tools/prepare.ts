import { ensureBuilt } from './build-all.ts'
import { ensureGenerated } from './generate.ts'
import { ensurePrograms } from './stack/programs.ts'

/** Gets the servers, the generated code and, on request, the bundles: side by side, each only when it is not there. */
export const prepare = async ({ build }: { readonly build: boolean }): Promise<void> => {
  const code = async (): Promise<void> => {
    await ensureGenerated()
    if (build) await ensureBuilt()
  }
  const failed = (await Promise.allSettled([ensurePrograms(), code()])).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
