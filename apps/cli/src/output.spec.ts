import { describe, expect, it } from '@jest/globals'

import { Output } from './output.ts'

const streams = (isTTY: boolean) => {
  const written = { out: '', err: '' }
  return {
    written,
    stdout: { isTTY, columns: 40, write: (text: string) => (written.out += text) },
    stderr: { isTTY, columns: 40, write: (text: string) => (written.err += text) },
  }
}

describe('output', () => {
  it('keeps data and notes apart, without colour or status line off a terminal', () => {
    const to = streams(false)
    const out = new Output(to, { color: 'auto', json: false })
    out.status('working')
    out.note(out.noteStyle.red('note'))
    out.data(`${out.style.bold('data')}\n`)
    out.event({ type: 'x' })
    expect(to.written).toEqual({ out: 'data\n', err: 'note\n' })
  })

  it('prints JSON lines instead of data when they are wanted', () => {
    const to = streams(true)
    const out = new Output(to, { color: 'auto', json: true })
    out.data('data\n')
    out.event({ type: 'a', n: 1 })
    out.event({ type: 'b', text: 'two\nlines' })
    expect(to.written.out).toBe('{"type":"a","n":1}\n{"type":"b","text":"two\\nlines"}\n')
  })

  it('puts notes above the status line of a terminal and cuts it to the width', () => {
    const to = streams(true)
    const out = new Output(to, { color: 'never', json: false })
    out.status('x'.repeat(100))
    out.note('note')
    out.status('')
    const line = `\r\u001B[K${'x'.repeat(38)}…`
    expect(to.written.err).toBe(`${line}\r\u001B[Knote\n${line}\r\u001B[K`)
  })

  it('tells a terminal no sequence of a file name or a message, and a pipe its data as they are', () => {
    const name = 'a\u001B]52;c;cm0gLXJm\u0007.js'
    const terminal = streams(true)
    const out = new Output(terminal, { color: 'always', json: false })
    out.status(name)
    out.status('')
    out.note(out.noteStyle.red(name))
    out.data(name)
    const shown = 'a\uFFFD]52;c;cm0gLXJm\uFFFD.js'
    const clear = '\r\u001B[K'
    expect(terminal.written.err).toBe(`${clear}${shown}${clear}\u001B[31m${shown}\u001B[39m\n`)
    expect(terminal.written.out).toBe(shown)
    const pipe = streams(false)
    new Output(pipe, { color: 'never', json: false }).data(name)
    expect(pipe.written.out).toBe(name)
  })

  it('colours when told to, on whatever it writes', () => {
    const out = new Output(streams(false), { color: 'always', json: false })
    expect(out.style.red('x')).toBe('\u001B[31mx\u001B[39m')
    expect(new Output(streams(true), { color: 'never', json: false }).style.red('x')).toBe('x')
  })
})
