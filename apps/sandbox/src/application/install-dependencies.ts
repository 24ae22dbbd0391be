import type { Clock } from '@iama/kernel'
import type { FindSession } from './find-session.ts'
import { listening, type Step } from './listening.ts'
import type { InstallResult, Listener, SandboxRuntime, SessionRef, UnitOfWork } from './ports.ts'
import { BASE } from './upload-files.ts'

/** Installs what the base tree asks for, from the registry or the tenant's cache. */
export class InstallDependencies {
  readonly #find: FindSession
  readonly #runtime: SandboxRuntime
  readonly #unitOfWork: UnitOfWork
  readonly #clock: Clock

  constructor(find: FindSession, runtime: SandboxRuntime, unitOfWork: UnitOfWork, clock: Clock) {
    this.#find = find
    this.#runtime = runtime
    this.#unitOfWork = unitOfWork
    this.#clock = clock
  }

  /** @throws InstallFailed with the package manager's own reason */
  execute(ref: SessionRef, signal: AbortSignal): AsyncGenerator<Step<InstallResult>, void, undefined> {
    return listening(signal, (listener) => this.#install(ref, listener))
  }

  async #install(ref: SessionRef, listener: Listener): Promise<InstallResult> {
    const { session } = await this.#find.ready(ref)
    const tell = (phase: 'started' | 'done', text: string, milliseconds = 0) =>
      listener.progress({ step: 'install', phase, text, milliseconds: BigInt(milliseconds) })
    tell('started', 'installing dependencies without running their scripts')
    const result = await this.#runtime.installDependencies(ref.sessionId, BASE, listener.signal)
    if (result.status !== 'nothing-to-install') {
      const { cacheKey: key, packages, bytes } = result
      const entry = { key, address: session.address, packages, bytes, at: this.#clock.now() }
      await this.#unitOfWork.run(ref.tenantId, ({ dependencies }) => dependencies.record(entry))
    }
    tell('done', described(result), result.durationMs)
    return result
  }
}

const described = (result: InstallResult): string =>
  result.leftOut.length === 0
    ? counted(result)
    : `${counted(result)}; left out, for the registry does not have them: ${result.leftOut.join(', ')}`

const counted = ({ status, packages }: InstallResult): string => {
  switch (status) {
    case 'nothing-to-install':
      return 'no dependencies to install'
    case 'cached':
      return `${packages} packages from the cache`
    case 'installed':
      return `${packages} packages installed`
  }
}
