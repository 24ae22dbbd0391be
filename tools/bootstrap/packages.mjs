import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { withLock } from './lock.mjs'
import { runLogged, step } from './progress.mjs'

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** Whether npm's own record of what it installed has everything that the lock file asks for. */
export const matchesLock = (lock, installed) =>
  Object.entries(lock.packages).every(([name, wanted]) => {
    if (name === '') return true
    const found = installed.packages[name]
    if (found === undefined) return Boolean(wanted.optional || wanted.devOptional || wanted.peer)
    return wanted.link ? found.link === true && found.resolved === wanted.resolved : found.version === wanted.version
  })

/** npm says why first, and ends with pages of advice. */
const whyNpmFailed = (logFile) =>
  readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => /^npm (error|ERR!) \S/.test(line))
    .slice(0, 8)
    .join('\n')

const installedRight = (root, stampFile, stamp) => {
  if (!existsSync(path.join(root, 'node_modules/.bin/node'))) return false
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return true
  const record = path.join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record) || !matchesLock(readJson(path.join(root, 'package-lock.json')), readJson(record)))
    return false
  writeStamp(stampFile, stamp)
  return true
}

const writeStamp = (file, stamp) => {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, stamp)
}

/** Calls `note` now and then with how many of the packages have arrived. */
const watchArrivals = (root, lock, note) => {
  const total = Object.entries(lock.packages).filter(
    ([name, wanted]) => /^node_modules\/[^@/]+$/.test(name) && !wanted.optional,
  ).length
  return setInterval(() => {
    const folder = path.join(root, 'node_modules')
    const there = existsSync(folder) ? readdirSync(folder).filter((name) => /^[^.@]/.test(name)).length : 0
    note(`${Math.min(there, total)} of about ${total} packages`)
  }, 1_000)
}

/** Runs `npm ci` unless node_modules already holds what package-lock.json says. Safe when two commands start at once. */
export const ensurePackages = async (root) => {
  const lockText = readFileSync(path.join(root, 'package-lock.json'))
  const stamp = createHash('sha256').update(lockText).update(`${process.platform}-${process.arch}`).digest('hex')
  const stampFile = path.join(root, 'node_modules/.cache/iama/packages')
  if (installedRight(root, stampFile, stamp)) return
  await step('installing the packages (npm ci)', (note) =>
    withLock(
      path.join(root, '.iama/locks/packages'),
      async () => {
        if (installedRight(root, stampFile, stamp)) return
        const npm = process.env['npm_execpath']
        const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
        const watch = watchArrivals(root, JSON.parse(lockText.toString()), note)
        // Warnings about our dependencies' wish for a newer Node are moot: they run on the Node installed here.
        await runLogged(command, [...first, 'ci', '--no-fund', '--no-audit', '--loglevel=error'], {
          cwd: root,
          logFile: path.join(root, '.iama/logs/npm-ci.log'),
          title: 'npm ci',
          excerpt: whyNpmFailed,
          hint: 'where the registry did not answer: npm ping; where package-lock.json does not fit package.json: npm install',
        }).finally(() => clearInterval(watch))
        writeStamp(stampFile, stamp)
      },
      (pid) => note(`another command (process ${pid}) is installing`),
    ),
  )
}
