'use strict'
// Repeats recorded sessions on the modules of one tree and tells what came out, as canonical texts.

const fs = require('fs')
const results = fs.openSync(process.argv[3], 'a')
const writeResult = fs.writeSync
const realNow = process.hrtime.bigint
const stringify = JSON.stringify
const milliseconds = () => Number(realNow() / 1000000n)
const beatMs = 20

const { createIntrinsics } = require('./intrinsics.cjs')
const { createBehaviour } = require('./behaviour.cjs')
const { createModules } = require('./replay-modules.cjs')
const { createSession } = require('./replay-session.cjs')
const { noteUnhandled } = require('./replay-inputs.cjs')
const { noteAlone } = require('./replay-given.cjs')
const { pinClockAndRandom, markErrors, watchEffects, Exit } = require('./pins.cjs')
const { watchAll, watchLeanedOn } = require('./tampering.cjs')
const { createGuard, createMutants } = require('./mutants.cjs')

const batch = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const root = process.cwd()
const intrinsics = createIntrinsics()
const { hasBehaviour } = createBehaviour(intrinsics)
const constructed = new WeakSet()
const modules = createModules({ root, intrinsics, hasBehaviour })

let current // the session being replayed
let atLoad = '' // built-ins that the modules replaced while they were loaded
let leanedOn // what writing outcomes leans on

let around // what the last session left
const lookAround = () => ({ globals: Reflect.ownKeys(globalThis).length, environment: stringify(process.env) })

/**
 * What a session changed around it, written into a list. These looks cost more than most sessions: mutants, of which
 * there are hundreds times hundreds, are judged by what sessions give and log alone.
 */
const surroundings = () => {
  if (batch.mutants !== undefined) return () => {}
  // nothing runs between two sessions: what one left is what the next finds
  const before = around === undefined ? lookAround() : around
  return (effects) => {
    const after = lookAround()
    if (after.globals !== before.globals) effects.push('globals changed')
    if (after.environment !== before.environment) effects.push('environment changed')
    if (process.exitCode !== undefined) {
      effects.push('exit code ' + process.exitCode)
      process.exitCode = undefined
    }
    around = after
  }
}

/** Before an outcome is written; mutants are spared this, too. */
const look = () => {
  if (batch.mutants === undefined) leanedOn.look()
}

const { pendingMs, lateMs } = batch
const world = { intrinsics, root, modules, hasBehaviour, constructed, pendingMs, lateMs, surroundings, look }

/** What a session replaced: of the built-ins that the replay leans on, or of all while the modules were loaded. */
const tampered = () => {
  const { now, meanwhile } = leanedOn.end()
  let text = ''
  if (now !== '') text += 'built-ins changed ' + now
  if (meanwhile !== '') text += (text && '\n') + 'built-ins changed for a while ' + meanwhile
  if (atLoad !== '') text += (text && '\n') + 'built-ins changed while loading ' + atLoad
  return text
}

const outcomeLine = ({ out, plain, engine }) => {
  let line = '{"out":' + stringify(out)
  if (plain !== undefined) line += ',"plain":' + stringify(plain)
  if (engine !== undefined) line += ',"engine":' + stringify(engine)
  return line + '}'
}

/** In pieces: what was put into the place of a method, or is one of every object from now on, has no say in it. */
const sessionLine = (i, outcomes) => {
  const changed = tampered()
  let list = ''
  for (let n = 0; n < outcomes.length; n++) list += (list && ',') + outcomeLine(outcomes[n])
  if (changed !== '') list += (list && ',') + outcomeLine({ out: changed })
  return '{"i":' + i + ',"outcomes":[' + list + ']}'
}

/** The modules once more, with other texts in the place of their files. */
const reload = async (texts) => {
  current = undefined
  await modules.reload(texts, batch.modules)
}

const judgeMutants = async (guard, from, { replay, say }) => {
  const mutants = createMutants(batch.mutants, root, guard, { reload, replay, say })
  await mutants.open()
  for (let i = from; i < batch.mutants.list.length; i++) {
    if (process.send) process.send(i)
    say(await mutants.judge(i))
  }
  await mutants.close()
}

/** Tells the driver, now and then, that it goes on: which item it was at when it ended stands in the results. */
const heartbeat = () => {
  let told = -Infinity
  return (i) => {
    const now = milliseconds()
    if (now - told < beatMs) return
    told = now
    if (process.send) process.send(i)
  }
}

const main = async () => {
  const from = Number(process.argv[4] || 0)
  const pins = pinClockAndRandom()
  intrinsics.alias(pins.PinnedDate, 'Date')
  markErrors(intrinsics, constructed)
  watchEffects((what, args) => {
    if (current !== undefined) current.log(what, args)
  })
  const stray = (what) => (error) => {
    if (current !== undefined && !(error instanceof Exit)) current.log(what, [error])
  }
  process.on('uncaughtException', stray('uncaught'))
  process.on('unhandledRejection', (error, promise) => {
    if (!noteUnhandled(promise, false) && !noteAlone(promise)) stray('unhandled')(error)
  })
  process.on('rejectionHandled', (promise) => noteUnhandled(promise, true))
  const write = (line) => writeResult(results, line + '\n')
  const say = (record) => write(stringify(record))
  const replay = (i) => {
    pins.rewind()
    current = createSession(batch.sessions[i], world)
    return current.run()
  }
  const guard = batch.mutants === undefined ? undefined : createGuard(batch.mutants.guard)
  const replaced = watchAll(intrinsics)
  await modules.loadAll(batch.modules)
  atLoad = replaced()
  leanedOn = watchLeanedOn()
  if (guard !== undefined) await judgeMutants(guard, from, { replay, say })
  else {
    const beat = heartbeat()
    for (let i = from; i < batch.sessions.length; i++) {
      beat(i)
      write(sessionLine(i, await replay(i)))
    }
  }
  current = undefined
  if (process.disconnect) process.disconnect()
  process.reallyExit(86) // THROUGH of the driver
}

main().catch((error) => {
  writeResult(results, JSON.stringify({ broken: String((error && error.stack) || error) }) + '\n')
  process.reallyExit(1)
})
