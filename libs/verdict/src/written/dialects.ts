import type { Runner } from '../types.ts'

/** How a runner spells a test and its assertions. */
export interface Dialect {
  /** Import lines of a CommonJS and of an ES module test. */
  readonly commonjs: readonly string[]
  readonly esm: readonly string[]
  readonly open: (title: string, async: boolean) => string
  /** Last lines of a test's body. */
  readonly end: (async: boolean) => readonly string[]
  readonly equal: (actual: string, expected: string) => string
  readonly same: (actual: string, expected: string) => string
  /** `type` is the class of the error, `message` a quoted string where the package itself words it. */
  readonly throws: (code: string, type: string, message: string | undefined) => string
  readonly rejects: (code: string, type: string, message: string | undefined) => string
}

const head = (async: boolean): string => `${async ? 'async ' : ''}() => {`

const matcher = (type: string, message: string | undefined): string =>
  message === undefined ? `{ name: '${type}' }` : `{ name: '${type}', message: ${message} }`

const nodeAssert = {
  end: () => [],
  equal: (actual: string, expected: string) => `assert.deepStrictEqual(${actual}, ${expected})`,
  same: (actual: string, expected: string) => `assert.strictEqual(${actual}, ${expected})`,
  throws: (code: string, type: string, message: string | undefined) =>
    `assert.throws(() => ${code}, ${matcher(type, message)})`,
  rejects: (code: string, type: string, message: string | undefined) =>
    `await assert.rejects(${code}, ${matcher(type, message)})`,
}

const expecting = {
  end: () => [],
  equal: (actual: string, expected: string) => `expect(${actual}).toStrictEqual(${expected})`,
  same: (actual: string, expected: string) => `expect(${actual}).toBe(${expected})`,
  throws: (code: string, type: string, message: string | undefined) =>
    `expect(() => ${code}).toThrow(${message === undefined ? `expect.objectContaining({ name: '${type}' })` : message})`,
  rejects: (code: string, type: string, message: string | undefined) =>
    `await expect(${code}).rejects.toMatchObject(${matcher(type, message)})`,
}

const tapLike = (equal: string, same: string): Omit<Dialect, 'commonjs' | 'esm'> => ({
  open: (title, async) => `test(${title}, ${async ? 'async ' : ''}(t) => {`,
  end: (async) => (async ? [] : ['t.end()']),
  equal: (actual, expected) => `t.${equal}(${actual}, ${expected})`,
  same: (actual, expected) => `t.${same}(${actual}, ${expected})`,
  throws: (code, type) => `t.throws(() => ${code}, ${type})`,
  rejects: (code, type) => `await (${code}).then(() => t.fail('resolved'), (error) => t.equal(error.name, '${type}'))`,
})

const dialects: Readonly<Record<Exclude<Runner, 'unknown'>, Dialect>> = {
  'node:test': {
    commonjs: ["const assert = require('node:assert')", "const test = require('node:test')"],
    esm: ["import assert from 'node:assert'", "import test from 'node:test'"],
    open: (title, async) => `test(${title}, ${head(async)}`,
    ...nodeAssert,
  },
  mocha: {
    commonjs: ["const assert = require('assert')"],
    esm: ["import assert from 'assert'"],
    open: (title, async) => `it(${title}, ${head(async)}`,
    ...nodeAssert,
  },
  jest: { commonjs: [], esm: [], open: (title, async) => `test(${title}, ${head(async)}`, ...expecting },
  vitest: {
    commonjs: ["const { expect, test } = require('vitest')"],
    esm: ["import { expect, test } from 'vitest'"],
    open: (title, async) => `test(${title}, ${head(async)}`,
    ...expecting,
  },
  ava: {
    commonjs: ["const test = require('ava')"],
    esm: ["import test from 'ava'"],
    open: (title, async) => `test(${title}, ${async ? 'async ' : ''}(t) => {`,
    end: () => [],
    equal: (actual, expected) => `t.deepEqual(${actual}, ${expected})`,
    same: (actual, expected) => `t.is(${actual}, ${expected})`,
    throws: (code, type, message) => `t.throws(() => ${code}, ${matcher(type, message)})`,
    rejects: (code, type, message) => `await t.throwsAsync(async () => ${code}, ${matcher(type, message)})`,
  },
  tape: {
    commonjs: ["const test = require('tape')"],
    esm: ["import test from 'tape'"],
    ...tapLike('deepEqual', 'equal'),
  },
  tap: {
    commonjs: ["const { test } = require('tap')"],
    esm: ["import { test } from 'tap'"],
    ...tapLike('strictSame', 'equal'),
  },
}

/** The runner's own spelling; where the runner is not known, that of node:test, which needs no package. */
export const dialectOf = (runner: Runner): Dialect => dialects[runner === 'unknown' ? 'node:test' : runner]
