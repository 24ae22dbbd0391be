'use strict'
// The same clock and the same dice in every replay, and a list of what the code does besides returning.

const fs = require('fs')

const start = 1700000000000

const pinClockAndRandom = () => {
  let now = start
  const tick = () => (now += 1)
  const RealDate = Date
  const PinnedDate = new Proxy(RealDate, {
    apply: () => new RealDate(tick()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [tick()] : args, newTarget === PinnedDate ? target : newTarget),
  })
  RealDate.now = () => tick()
  RealDate.prototype.constructor = PinnedDate
  globalThis.Date = PinnedDate
  let seed = 1
  Math.random = () => {
    // a small linear congruential generator: any fixed sequence will do
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed / 2147483648
  }
  if (globalThis.performance)
    Object.defineProperty(globalThis.performance, 'now', {
      value: () => tick() - start,
      configurable: true,
      writable: true,
    })
  pinCrypto()
  return {
    PinnedDate,
    rewind: () => {
      now = start
      seed = 1
    },
  }
}

const pinCrypto = () => {
  const crypto = require('crypto')
  let n = 0
  const fill = (bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = (n += 7) & 255
    return bytes
  }
  crypto.randomUUID = () => '00000000-0000-4000-8000-' + String(++n).padStart(12, '0')
  const randomBytes = crypto.randomBytes
  crypto.randomBytes = (size, callback) => {
    if (typeof callback === 'function')
      return randomBytes(size, (error, bytes) => callback(error, error ? bytes : fill(bytes)))
    return fill(Buffer.alloc(size))
  }
}

/** Marks the errors that code constructs: what the engine raises never passes here. */
const markErrors = (intrinsics, constructed) => {
  const proxies = new Map()
  for (const name of [
    'Error',
    'TypeError',
    'RangeError',
    'SyntaxError',
    'ReferenceError',
    'EvalError',
    'URIError',
    'AggregateError',
  ]) {
    const type = globalThis[name]
    if (typeof type !== 'function') continue
    const note = (error) => {
      constructed.add(error)
      return error
    }
    const proxy = new Proxy(type, {
      apply: (target, self, args) => note(Reflect.apply(target, self, args)),
      construct: (target, args, newTarget) =>
        note(Reflect.construct(target, args, newTarget === proxy ? target : newTarget)),
    })
    proxies.set(type, proxy)
    intrinsics.alias(proxy, name)
    type.prototype.constructor = proxy
    Object.defineProperty(globalThis, name, { value: proxy, writable: true, enumerable: false, configurable: true })
  }
  for (const type of proxies.keys()) {
    const parent = Object.getPrototypeOf(type)
    if (proxies.has(parent)) Object.setPrototypeOf(type, proxies.get(parent))
  }
}

class Exit extends Error {}

const brief = (value) => {
  if (typeof value === 'string' || ArrayBuffer.isView(value)) return String(value).slice(0, 4000)
  return typeof value
}

const writers = [
  'writeFileSync',
  'writeFile',
  'appendFileSync',
  'appendFile',
  'mkdirSync',
  'mkdir',
  'unlinkSync',
  'unlink',
  'rmSync',
  'rm',
  'rmdirSync',
  'rmdir',
  'renameSync',
  'rename',
  'copyFileSync',
  'copyFile',
  'createWriteStream',
  'symlinkSync',
  'truncateSync',
]

/** Console, streams, exit and file writes go to `log` as small texts. */
const watchEffects = (log) => {
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table', 'group', 'time', 'timeEnd']) {
    console[name] = (...args) => log('console.' + name, args)
  }
  for (const name of ['stdout', 'stderr']) {
    process[name].write = (chunk, ...rest) => {
      log('process.' + name, [brief(chunk)])
      const done = rest[rest.length - 1]
      if (typeof done === 'function') process.nextTick(done)
      return true
    }
  }
  process.exit = (code) => {
    log('process.exit', [code])
    throw new Exit('exit')
  }
  for (const name of writers) {
    const real = fs[name]
    if (typeof real !== 'function') continue
    fs[name] = function (...args) {
      log('fs.' + name, args.map(brief))
      return real.apply(this, args)
    }
  }
  const promised = fs.promises || {}
  for (const name of writers.filter((each) => typeof promised[each] === 'function')) {
    const real = promised[name]
    promised[name] = function (...args) {
      log('fs.promises.' + name, args.map(brief))
      return real.apply(this, args)
    }
  }
  if (require('module').syncBuiltinESMExports) require('module').syncBuiltinESMExports()
}

module.exports = { pinClockAndRandom, markErrors, watchEffects, Exit }
