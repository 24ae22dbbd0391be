import { describe, expect, it } from '@jest/globals'
import type { Allowance } from '../types.ts'
import { isModulesChange } from './module-changes.ts'

const allow: Allowance = { esModules: true }
const before = '{"name":"a","private":true,"scripts":{"test":"x"}}'
const after = '{"name":"a","private":true,"type":"module","scripts":{"test":"x"}}'

const change = (was: string, is: string, permitted = allow): boolean =>
  isModulesChange('package.json', was, is, permitted)

describe('a package that becomes ES modules', () => {
  it('says so in package.json, and says nothing else', () => {
    expect(change(before, after)).toBe(true)
    expect(change(before.replace('"name"', '"type":"commonjs","name"'), after)).toBe(true)
    expect(change(before, after, { esModules: false })).toBe(false)
    expect(isModulesChange('package.json', before, after, {})).toBe(false)
    expect(change(before, after.replace('"x"', '"y"'))).toBe(false)
    expect(change(before, after.replace('"name"', '"exports":"./a.js","name"'))).toBe(false)
    expect(change(before, after.replace('"name"', '"engines":{"node":">=22"},"name"'))).toBe(false)
    expect(change(before, before)).toBe(false)
    expect(change(after, before)).toBe(false)
    expect(change('', after)).toBe(false)
    expect(change(before, '')).toBe(false)
    expect(isModulesChange('packages/b/package.json', before, after, allow)).toBe(false)
  })

  it('is private before and after', () => {
    const open = (text: string): string => text.replace('"private":true', '"private":false')
    expect(change(open(before), open(after))).toBe(false)
    expect(change(before, open(after))).toBe(false)
    expect(change(open(before), after)).toBe(false)
    expect(change(before.replace('true', '"true"'), after.replace('true', '"true"'))).toBe(false)
  })

  it('says nothing twice, of which readers may take the first or the last', () => {
    expect(change(before, after.replace('"private":true', '"private":false,"private":true'))).toBe(false)
    expect(change(before, after.replace('"x"}', '"y","test":"x"}'))).toBe(false)
    expect(change(before, '\uFEFF' + after)).toBe(false)
  })

  it('may raise its floor in the same change', () => {
    const raised = after.replace('"name"', '"engines":{"node":">=22"},"name"')
    expect(change(before, raised, { ...allow, floorRaised: true })).toBe(true)
    expect(change(before, raised.replace('"x"', '"y"'), { ...allow, floorRaised: true })).toBe(false)
    expect(change(before, raised.replace('node', 'npm'), { ...allow, floorRaised: true })).toBe(false)
    expect(isModulesChange('package.json', before, raised, { floorRaised: true })).toBe(false)
  })

  it('leaves folders as they were by a new package.json of one key', () => {
    const folder = (path: string, was: string, is: string): boolean => isModulesChange(path, was, is, allow)
    const text = '{\n  "type": "commonjs"\n}\n'
    expect(folder('test/package.json', '', text)).toBe(true)
    expect(isModulesChange('test/package.json', '', text, { floorRaised: true })).toBe(false)
    expect(folder('test/package.json', '{}', text)).toBe(false)
    expect(folder('package.json', '', text)).toBe(false)
    expect(folder('node_modules/a/package.json', '', text)).toBe(false)
    expect(folder('test/tsconfig.json', '', text)).toBe(false)
    expect(folder('test/package.json', '', '{"type":"module"}')).toBe(false)
    expect(folder('test/package.json', '', '{"type":"commonjs","main":"x.js"}')).toBe(false)
    expect(folder('test/package.json', '', '["commonjs"]')).toBe(false)
    expect(folder('test/package.json', '', 'nothing')).toBe(false)
  })
})
