// The first thing that runs in a fresh clone: any Node from 20 on, nothing installed. It installs what
// package-lock.json names (Node 24 among it) and hands over to tools/main.ts on that Node.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { commands, help } from './bootstrap/commands.mjs'
import { ensurePackages } from './bootstrap/packages.mjs'
import { explain } from './bootstrap/progress.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const [name, ...args] = process.argv.slice(2)
const command = commands[name]

const handOver = () => {
  const bin = path.join(root, 'node_modules/.bin')
  const child = spawn(
    path.join(bin, 'node'),
    ['--disable-warning=ExperimentalWarning', path.join(root, 'tools/main.ts'), name, ...args],
    {
      stdio: 'inherit',
      env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` },
    },
  )
  // A terminal sends Ctrl-C to the child as well: it cleans up, we only wait. Other signals come to us alone.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    explain(error)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
  })
}

const wantsHelp = args.includes('--help') || args.includes('-h')
if (command === undefined) {
  const asked = name === undefined || name === '--help' || name === '-h' || name === 'help'
  process[asked ? 'stdout' : 'stderr'].write(asked ? help() : `unknown command "${name}"\n\n${help()}`)
  process.exitCode = asked ? 0 : 2
} else if (wantsHelp && !command.passHelp) {
  process.stdout.write(help(name))
} else {
  await ensurePackages(root).then(handOver, (error) => {
    explain(error)
    process.exitCode = 1
  })
}
