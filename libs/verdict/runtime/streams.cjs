'use strict'
// What a stream is to whoever holds it. How far the engine has come with it, turn by turn and in fields that change with
// its version, is not: what a stream gives is told by its events.

const stream = require('stream')
const { EventEmitter } = require('events')

const bare = [stream.Readable, stream.Writable, stream.Duplex, stream.Transform].map((Kind) => new Kind())
const bookkeeping = new Set(bare.concat(new EventEmitter()).flatMap((each) => Reflect.ownKeys(each)))

const settings = ['readableObjectMode', 'writableObjectMode', 'readableHighWaterMark', 'writableHighWaterMark']

const isStream = (value) => value instanceof stream.Stream

/** Whether the engine keeps a field for itself. */
const isBookkeeping = (name) => bookkeeping.has(name)

/** How a stream was set up. Undefined where it never was: it only inherits from one. */
const setUp = (value) =>
  value._readableState || value._writableState
    ? settings.map((name) => (value[name] === undefined ? null : value[name])).concat(value.allowHalfOpen !== false)
    : undefined

module.exports = { isStream, isBookkeeping, setUp }
