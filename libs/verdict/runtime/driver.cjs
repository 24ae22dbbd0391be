'use strict'
// Runs a worker over a list of items and survives what the items do: a worker that dies or hangs loses the item that
// it was at, and a new one goes on behind it.
// usage: node driver.cjs <worker> <input> <output> <milliseconds an item> <most restarts>

const fs = require('fs')
const { fork } = require('child_process')

const [worker, input, output] = process.argv.slice(2, 5)
const itemMs = Number(process.argv[5])
const mostRestarts = Number(process.argv[6])

// by this a worker says that it is through with its list: code that ends the process, or leaves it nothing to wait for,
// ends it with another
const THROUGH = 86

const say = (record) => fs.appendFileSync(output, JSON.stringify(record) + '\n')

/** Results come in order, each before the next item begins: behind the last of them it ended. */
const behindLast = (told) => {
  let text = ''
  try {
    text = fs.readFileSync(output, 'utf8')
  } catch (error) {
    return told
  }
  const numbers = text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => /^\{"i":(\d+)[,}]/.exec(line))
    .filter((found) => found !== null)
  return numbers.length === 0 ? told : Math.max(told, Number(numbers[numbers.length - 1][1]) + 1)
}

const start = (from, restarts) => {
  let at = from
  let started = false
  let hung = false
  const child = fork(worker, [input, output, String(from)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  let timer
  const watch = () => {
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        hung = true
        child.kill('SIGKILL')
      },
      started ? itemMs : itemMs * 4,
    )
  }
  watch()
  child.on('message', (item) => {
    started = true
    at = item
    watch()
  })
  child.on('exit', (code, signal) => {
    clearTimeout(timer)
    if (code === THROUGH && !hung) return
    if (!started && !hung) {
      say({ broken: 'the worker ended with ' + (signal || code) })
      return
    }
    at = behindLast(at)
    say({ i: at, crashed: hung ? 'hangs' : 'ends the process with ' + (signal || code) })
    if (restarts < mostRestarts) start(at + 1, restarts + 1)
    else say({ broken: 'too many crashes' })
  })
}

start(0, 0)
