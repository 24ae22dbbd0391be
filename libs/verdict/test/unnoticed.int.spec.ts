import { describe, expect, it } from '@jest/globals'
import { openFiles, recordIndex } from './fixture.ts'

const emitter = `'use strict'
module.exports = class Emitter {
  constructor() {
    this.calls = []
  }
  on(listener) {
    if (this.onNew) this.onNew(listener)
    this.calls.push(listener)
    return this
  }
  get count() {
    return this.calls.length
  }
  listeners() {
    return this.calls.slice()
  }
}
`

/** Whether tests that look closely stay green while they are recorded. */
const recorded = async (test: string) => {
  const project = await openFiles({
    'package.json': JSON.stringify({ name: 'emitter', version: '1.0.0', scripts: { test: 'node test.js' } }),
    'index.js': emitter,
    'test.js': `'use strict'\nconst assert = require('assert')\nconst Emitter = require('.')\nnew Emitter().on(1).listeners()\n${test}\n`,
  })
  const { sessions, notCovered } = await recordIndex(project)
  return { found: sessions.length > 0, notCovered }
}

const unnoticed = { found: true, notCovered: [] }

describe('a recording that no test notices', () => {
  it('writes to the object that was written to, not to what it inherits from', async () => {
    const test = `
      const shared = new Emitter()
      const own = Object.create(shared)
      own.calls = []
      own.on(() => {})
      assert.strictEqual(own.count, 1)
      assert.strictEqual(shared.count, 0)
      assert.deepStrictEqual(Object.keys(own), ['calls'])`
    expect(await recorded(test)).toEqual(unnoticed)
  })

  it("gives back the tests' own functions, whoever was called when they were handed in", async () => {
    const test = `
      const [first, second] = [() => 1, () => 2]
      const emitter = new Emitter()
      emitter.onNew = () => {
        delete emitter.onNew
        emitter.on(second)
      }
      emitter.on(first)
      // what is read without a call shows a function that records: recorded once more, without such functions
      assert.strictEqual(emitter.calls[1], first)
      assert.strictEqual(emitter.listeners()[0], second)`
    expect(await recorded(test)).toEqual(unnoticed)
  })
})
