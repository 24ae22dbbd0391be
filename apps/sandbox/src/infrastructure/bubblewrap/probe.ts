import type { RuntimeProbe } from '../../application/ports.ts'
import { SandboxUnavailable } from '../../domain/errors.ts'
import { DEFAULT_LIMITS } from '../../domain/limits.ts'
import { baseEnvironment, limitedCommand, namespaceArguments, outerLimits } from './arguments.ts'
import { Command } from './command.ts'
import type { Host } from './host.ts'

const NAMESPACES_HINT =
  'allow unprivileged user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1, ' +
  'kernel.apparmor_restrict_unprivileged_userns=0) or, in a container, a security profile that permits them'

/** Runs `node --version` in a namespace with every protection, and says what is wrong when that does not succeed. */
export const probeHost = async (prepare: () => Promise<Host>): Promise<RuntimeProbe> => {
  try {
    const host = await prepare()
    const complaint = await tryNamespace(host).catch((error) =>
      error instanceof Error ? error.message : String(error),
    )
    if (complaint !== undefined) return { available: false, reason: complaint, fix: NAMESPACES_HINT }
    return { available: true, version: host.version, memoryLimit: host.groups ? 'cgroup' : 'supervisor' }
  } catch (error) {
    const fix = error instanceof SandboxUnavailable ? (error.metadata['fix'] ?? '') : NAMESPACES_HINT
    return { available: false, reason: error instanceof Error ? error.message : String(error), fix }
  }
}

const tryNamespace = async (host: Host): Promise<string | undefined> => {
  const limits = { ...DEFAULT_LIMITS, wallClockMs: 20_000, scratchBytes: 16 << 20 }
  const account = host.accounts.claim('probe')
  const command = new Command({
    bwrap: host.toolchain.bwrap,
    prefix: outerLimits(limits, account !== undefined),
    arguments: namespaceArguments({
      toolchain: host.toolchain,
      etc: host.folders.etc,
      mounts: [],
      scratch: [],
      scratchBytes: limits.scratchBytes,
      env: baseEnvironment(),
      cwd: '/',
    }),
    command: limitedCommand(limits, {}, ['node', '--version']),
    seccompFile: host.folders.seccompFile,
    account,
    inherited: host.inherited,
    scratch: [],
    limits,
    folder: host.folders.sessions,
    groups: host.groups,
  })
  let output = ''
  try {
    for await (const event of command.events()) {
      if (event.type !== 'exit') output += Buffer.from(event.data).toString()
      else if (event.outcome.exitCode !== 0) return `a trial namespace ended badly: ${output.trim().slice(0, 500)}`
    }
    return undefined
  } finally {
    host.accounts.release('probe')
  }
}
