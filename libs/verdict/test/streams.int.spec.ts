import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { replaySessions } from '../src/sessions/replay-sessions.ts'
import type { SessionSet } from '../src/types.ts'
import { closeFixtures, openFiles, recordIndex, type Project } from './fixture.ts'

afterAll(closeFixtures)

const files = {
  'package.json': JSON.stringify({ name: 'flow', version: '1.0.0', scripts: { test: 'node --test' } }),
  'index.js': `'use strict'
const { Readable, Transform } = require('stream')

exports.upper = function (options) {
  let count = 0
  return new Transform({
    ...options,
    transform(chunk, encoding, done) {
      count++
      done(null, String(chunk).toUpperCase())
    },
    flush(done) {
      this.push('(' + count + ')')
      done()
    },
  })
}

exports.numbers = function (most) {
  let n = 0
  return new Readable({ objectMode: true, read() { this.push(n < most ? { n: n++ } : null) } })
}
`,
  'test/flow.test.js': `'use strict'
const test = require('node:test')
const assert = require('node:assert')
const { Readable } = require('stream')
const { upper, numbers } = require('..')

test('what is written comes out', (t, done) => {
  const stream = upper()
  let text = ''
  stream.on('data', (chunk) => { text += chunk })
  stream.on('end', () => { assert.equal(text, 'AB(2)'); done() })
  stream.write('a')
  stream.end('b')
})

test('what is piped in comes out', (t, done) => {
  let text = ''
  Readable.from(['x', 'y']).pipe(upper())
    .on('data', (chunk) => { text += chunk })
    .on('end', () => { assert.equal(text, 'XY(2)'); done() })
})

test('numbers come in order', async () => {
  const found = []
  for await (const { n } of numbers(3)) found.push(n)
  assert.deepEqual(found, [0, 1, 2])
})
`,
}

describe('sessions with streams', () => {
  let project: Project
  let set: SessionSet

  beforeAll(async () => {
    project = await openFiles(files)
    set = await recordIndex(project)
  }, 60_000)

  const differences = async (before: string, after: string): Promise<string[]> => {
    await project.workbench.fork('base', 'changed')
    await project.edit('changed', 'index.js', (text) => text.replace(before, after))
    const { differences: found } = await replaySessions(project.workbench, 'changed', set)
    return found.map(({ label }) => label)
  }

  it('hold what is written, piped in and read in turns', () => {
    expect(set.counts).toMatchObject({ recorded: 3, kept: 3, notReproduced: 0 })
    const labels = set.sessions.flatMap(({ steps }) => steps.map(({ label }) => label))
    expect(labels).toEqual(expect.arrayContaining(["result1.end('b')", "result1.write('x')", 'result2.next()']))
  })

  it('do not hold how far the engine has come with a stream', () => {
    expect(JSON.stringify(set.sessions)).not.toMatch(/_readableState|_writableState|kState/)
  })

  it('see what a stream says last, how it was set up, and what it gives', async () => {
    expect(await differences("'(' + count + ')'", "'[' + count + ']'")).toHaveLength(2)
    expect(await differences('...options,', '...options, readableObjectMode: true,')).toHaveLength(2)
    expect(await differences('n < most', 'n <= most')).toHaveLength(1)
    expect(await differences('let count = 0', 'let count = 0 // counted')).toEqual([])
  }, 60_000)
})
