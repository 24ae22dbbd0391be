import { describe, expect, it } from '@jest/globals'

import { refactor, textIn, treeOf } from '../../test/support/project.ts'
import { analyze } from '../analysis/analyze.ts'

const floorOf = (files: Readonly<Record<string, string>>) => analyze(treeOf(files)).floor
const modern = 'export const f = (a) => a?.b ?? 1\n'

describe('the language floor', () => {
  it.each([
    ['engines.node', { 'package.json': '{"engines":{"node":"^14.17 || >=16"}}' }, 2020, 'package.json engines.node'],
    ['an old engines.node', { 'package.json': '{"engines":{"node":">= 0.4"}}' }, 5, 'package.json engines.node'],
    ['browserslist', { 'package.json': '{"browserslist":["chrome 61"]}' }, 2017, 'package.json browserslist'],
    ['a browserslist file', { '.browserslistrc': '# old\nie 11\n' }, 5, '.browserslistrc'],
    ['a query that cannot be resolved', { '.browserslistrc': 'extends nothing-here\n' }, 5, '.browserslistrc'],
    [
      '.eslintrc with comments',
      { '.eslintrc': '{ // old\n "parserOptions": { "ecmaVersion": 6, }, }' },
      2015,
      '.eslintrc ecmaVersion',
    ],
    ['.eslintrc without a word', { '.eslintrc.json': '{ "rules": {} }' }, 5, '.eslintrc.json'],
    ['an environment', { '.eslintrc.json': '{ "env": { "es2017": true } }' }, 2017, '.eslintrc.json ecmaVersion'],
    ['YAML', { '.eslintrc.yml': 'parserOptions:\n  ecmaVersion: 2018\n' }, 2018, '.eslintrc.yml ecmaVersion'],
    [
      'a flat configuration',
      { 'eslint.config.js': 'export default [{ languageOptions: { ecmaVersion: 2019 } }]' },
      2019,
      'eslint.config.js ecmaVersion',
    ],
  ])('is read from %s', (_, files, ecmaVersion, source) => {
    const floor = floorOf({ 'index.js': modern, ...files })
    expect(floor.ecmaVersion).toBe(ecmaVersion)
    expect(floor.evidence[0]!.source).toBe(source)
  })

  it('is the lowest of all, with every source as evidence', () => {
    const floor = floorOf({
      'package.json': '{"engines":{"node":">=18"}}',
      'tsconfig.json': '{ /* base */ "extends": "./base" }',
      'base.json': '{ "compilerOptions": { "target": "ES2019" } }',
      'index.ts': modern,
    })
    expect(floor).toMatchObject({ ecmaVersion: 2019, node: '18.0.0' })
    expect(floor.evidence.map(({ ecmaVersion }) => ecmaVersion)).toEqual([2019, 2020, 2022])
  })

  it('is the lowest of the workspaces and of the projects that a tsconfig refers to', () => {
    const packages = floorOf({
      'package.json': '{"workspaces":["packages/*","!packages/old"],"engines":{"node":">=20"}}',
      'packages/a/package.json': '{"engines":{"node":">=16"}}',
      'packages/old/package.json': '{"engines":{"node":">=4"}}',
      'packages/a/index.js': modern,
    })
    expect(packages).toMatchObject({ node: '16.0.0' })
    expect(packages.evidence.map(({ source }) => source)).toContain('packages/a/package.json engines.node')
    const projects = floorOf({
      'tsconfig.json': '{"files":[],"references":[{"path":"./src/core"},{"path":"src/app/tsconfig.build.json"}]}',
      'src/core/tsconfig.json': '{"compilerOptions":{"target":"es2021"},"references":[{"path":"../app"}]}',
      'src/app/tsconfig.build.json': '{"compilerOptions":{"target":"es2019"},"references":[{"path":"../core"}]}',
      'src/core/index.ts': modern,
    })
    expect(projects.evidence[0]).toMatchObject({ source: 'src/app/tsconfig.build.json target', ecmaVersion: 2019 })
  })

  it.each([
    ['var a = 1', 5],
    ['let a = 1', 2015],
    ['f = a ** 2', 2016],
    ['async function f() {}', 2017],
    ['f({ ...a })', 2018],
    ['try {} catch {}', 2019],
    ['f(a?.b)', 2020],
    ['a ||= 1', 2021],
    ['class A { #b = 1 }', 2022],
    ['f(/a/v)', 2024],
  ])('is what the syntax needs: %s', (code, ecmaVersion) => {
    expect(floorOf({ 'index.js': `${code};\nexports.f = f;\n` }).ecmaVersion).toBe(ecmaVersion)
  })
})

describe('raising the floor', () => {
  const code = 'var a = 1;\nexports.a = a;\n'
  const raise = (files: Readonly<Record<string, string>>) =>
    refactor(treeOf({ 'index.js': code, ...files }), { goal: 'modernize', target: 'node20' }).tree

  it.each([
    ['{"name":"x","engines":{"node":">= 0.4"}}', '{"name":"x","engines":{"node":">=20"}}'],
    ['{\n\t"name": "x"\n}\n', '{\n\t"name": "x",\n\t"engines": { "node": ">=20" }\n}\n'],
    [
      '{\n  "name": "x",\n  "engines": {\n    "npm": "*"\n  }\n}',
      '{\n  "name": "x",\n  "engines": {\n    "npm": "*",\n    "node": ">=20"\n  }\n}',
    ],
  ])('writes engines into %j', (before, after) => {
    expect(textIn(raise({ 'package.json': before }), 'package.json')).toBe(after)
  })

  it('writes engines into a workspace that has some', () => {
    const patched = raise({
      'package.json': '{"workspaces":["packages/*"]}',
      'packages/a/package.json': '{"engines":{"node":">=12"}}',
      'packages/b/package.json': '{"name":"b"}',
    })
    expect(textIn(patched, 'packages/a/package.json')).toBe('{"engines":{"node":">=20"}}')
    expect(textIn(patched, 'packages/b/package.json')).toBe('{"name":"b"}')
  })

  it.each([
    [
      '.eslintrc',
      '{\n\t"root": true, // top\n\t"extends": "x",\n}',
      '{\n\t"root": true, // top\n\t"extends": "x",\n\t"parserOptions": { "ecmaVersion": 2022, "allowReserved": false },\n}',
    ],
    ['.eslintrc.json', '{ "parserOptions": { "ecmaVersion": 5 } }', '{ "parserOptions": { "ecmaVersion": 2022 } }'],
    [
      '.eslintrc.json',
      '{ "parserOptions": { "sourceType": "script" } }',
      '{ "parserOptions": { "sourceType": "script", "ecmaVersion": 2022 } }',
    ],
    ['.eslintrc.json', '{ "env": { "es6": true } }', '{ "env": { "es2021": true } }'],
    [
      '.eslintrc.js',
      'module.exports = { parserOptions: { ecmaVersion: 6 } };',
      'module.exports = { parserOptions: { ecmaVersion: 13 } };',
    ],
    ['.eslintrc.yml', 'parserOptions:\n  ecmaVersion: 2015\n', 'parserOptions:\n  ecmaVersion: 2022\n'],
  ])('tells the linter in %s', (path, before, after) => {
    const manifest = '{"name":"x","devDependencies":{"eslint":"=8.8.0"}}'
    expect(textIn(raise({ 'package.json': manifest, [path]: before }), path)).toBe(after)
  })
})
