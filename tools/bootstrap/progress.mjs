import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { spawn } from 'node:child_process'

/**
 * Tells a person what a long step does and for how long: a live line on a terminal, one start line and one finish
 * line elsewhere. Everything goes to stderr, so that a command's data on stdout stays clean.
 * Plain JavaScript, because it runs before anything is installed.
 */
const out = process.stderr
const live = Boolean(out.isTTY) && process.env['TERM'] !== 'dumb' && !process.env['CI']
const colour = live && !process.env['NO_COLOR']
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** A step that failed: what it said last, where the rest is, and what to do about it. */
export class StepFailed extends Error {
  constructor(title, { logFile, hint, tail } = {}) {
    super(title)
    this.name = 'StepFailed'
    this.logFile = logFile
    this.hint = hint
    this.tail = tail
  }
}

const active = new Set()
let drawn = 0
let timer
let frame = 0

const erase = () => {
  if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[0J`)
  drawn = 0
}

const draw = () => {
  erase()
  const width = Math.max(20, (out.columns ?? 80) - 1)
  for (const item of active) {
    const note = item.note ? ` · ${item.note}` : ''
    const line = `${item.title} ${seconds(Date.now() - item.from)}${note}`
    out.write(`${paint(36, frames[frame % frames.length])} ${line.slice(0, width - 2)}\n`)
  }
  drawn = active.size
  frame += 1
}

/** Milliseconds as a person reads them: `0.4 s`, `12.3 s`, `2 min 16 s`. */
export const seconds = (milliseconds) =>
  milliseconds < 60_000
    ? `${(milliseconds / 1000).toFixed(1)} s`
    : `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`

/** Writes a line to stderr without tearing the live lines apart. */
export const say = (line = '') => {
  erase()
  out.write(`${line}\n`)
  if (live && active.size > 0) draw()
}

/**
 * Runs one named step. The work may call `note(text)` to say where it is; the note is shown on a terminal only,
 * except that a silent wait elsewhere is broken by a line every 30 s.
 */
export const step = async (title, work) => {
  const item = { title, from: Date.now(), note: '' }
  active.add(item)
  if (!live) out.write(`… ${title}\n`)
  else timer ??= setInterval(draw, 100)
  const beat = live
    ? undefined
    : setInterval(
        () => out.write(`… ${title}: ${seconds(Date.now() - item.from)}${item.note && `, ${item.note}`}\n`),
        30_000,
      )
  const finish = (mark) => {
    clearInterval(beat)
    erase()
    active.delete(item)
    if (active.size === 0) timer = void clearInterval(timer)
    out.write(`${mark} ${title} ${paint(2, seconds(Date.now() - item.from))}\n`)
  }
  try {
    const result = await work((text) => {
      item.note = text.replace(/[\u0000-\u001f]|\u001b\[[0-9;]*m/g, '').slice(0, 200)
    })
    finish(paint(32, '✓'))
    return result
  } catch (error) {
    finish(paint(31, '✗'))
    throw error
  }
}

/** The last lines of a log, or nothing when there is no such log. */
export const tailOf = (file, lines = 20) => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}

const children = new Set()

/** Remembers a child process while it runs, so that `endChildren` finds it. */
export const track = (child) => {
  children.add(child)
  child.once('exit', () => children.delete(child))
  child.once('error', () => children.delete(child))
  return child
}

/** Ends the commands that this process runs at the moment. */
export const endChildren = (signal = 'SIGTERM') => {
  for (const child of children) child.kill(signal)
}

/**
 * Runs a command with its output in a log file; the last line of output becomes the step's note.
 * Rejects with StepFailed (the tail of the log, its path, the hint) when the command does not exit with 0.
 */
export const runLogged = async (
  command,
  args,
  { logFile, hint, note, cwd, env, title, uid, gid, excerpt = tailOf } = {},
) => {
  mkdirSync(path.dirname(logFile), { recursive: true })
  closeSync(openSync(logFile, 'w'))
  const log = openSync(logFile, 'a')
  try {
    const child = track(spawn(command, args, { cwd, env, uid, gid, stdio: ['ignore', log, log] }))
    const watch = note && setInterval(() => note(tailOf(logFile, 1)), 500)
    const code = await new Promise((resolve) => {
      child.on('error', (error) => resolve(error.message))
      child.on('exit', (exitCode, signal) => resolve(signal ?? exitCode))
    })
    clearInterval(watch)
    if (code === 0) return
    const said = excerpt(logFile)
    const name = title ?? path.basename(command)
    throw new StepFailed(`${name} ended with ${code}`, { logFile, hint, tail: said })
  } finally {
    closeSync(log)
  }
}

/** The one way a failure reaches a person: what, the end of the log, the whole log, the next step. */
export const explain = (error) => {
  say('')
  say(`${paint(31, 'failed:')} ${error.message}`)
  if (!(error instanceof StepFailed)) {
    say(error.stack ?? '')
    return
  }
  if (error.tail) say(error.tail.replace(/^/gm, '    '))
  if (error.logFile) say(`the whole log: ${error.logFile}`)
  if (error.hint) say(`what to do: ${error.hint}`)
}
