import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '../workspace.ts'
import { readGraph, tagViolations, type ProjectGraph } from './tags.ts'

const graph = (tags: Record<string, string[]>, edges: Record<string, string[]> = {}): ProjectGraph => ({
  nodes: Object.fromEntries(Object.entries(tags).map(([name, list]) => [name, { data: { root: name, tags: list } }])),
  dependencies: Object.fromEntries(
    Object.entries(edges).map(([name, targets]) => [name, targets.map((target) => ({ target }))]),
  ),
})

const lib = (name: string): string[] => ['type:lib', `scope:${name}`]
const service = (name: string): string[] => ['type:service', `scope:${name}`]

describe('the rules between projects', () => {
  it('let a service use a library', () => {
    expect(tagViolations(graph({ jobs: service('jobs'), kernel: lib('kernel') }, { jobs: ['kernel'] }))).toEqual([])
  })

  it.each([
    ['a library that uses a service', { kernel: ['jobs'] }, 'kernel -> jobs: it may not depend on type:service'],
    ['a service that uses another', { jobs: ['billing'] }, 'jobs -> billing: it may not depend on type:service'],
  ])('refuse %s', (_, edges, sentence) => {
    const tags = { jobs: service('jobs'), billing: service('billing'), kernel: lib('kernel') }
    expect(tagViolations(graph(tags, edges as Record<string, string[]>))).toEqual([sentence])
  })

  it('refuse a project without tags, with two types, with an unknown type, with a foreign scope', () => {
    expect(
      tagViolations(graph({ a: [], b: [...lib('b'), 'type:service'], c: ['type:thing', 'scope:c'], d: lib('x') })),
    ).toEqual([
      'a: needs exactly one type: tag',
      'a: needs the tag scope:a',
      'b: needs exactly one type: tag',
      'c: "type:thing" is none of type:lib type:service type:edge type:worker type:client type:tools type:e2e',
      'd: needs the tag scope:d',
    ])
  })

  it('see an import from a library into an app in a real workspace, through the graph of Nx', async () => {
    const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'iama-tags-')))
    const write = (file: string, text: string): void => {
      mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true })
      writeFileSync(path.join(workspace, file), text)
    }
    try {
      for (const file of ['nx.json', 'tsconfig.base.json']) cpSync(path.join(root, file), path.join(workspace, file))
      write('package.json', JSON.stringify({ name: 'planted', private: true, workspaces: ['libs/*'] }))
      write(
        'package-lock.json',
        JSON.stringify({ name: 'planted', lockfileVersion: 3, packages: { '': { name: 'planted' } } }),
      )
      symlinkSync(path.join(root, 'node_modules'), path.join(workspace, 'node_modules'))
      const tags = (name: string, type: string): string =>
        JSON.stringify({ name, tags: [`type:${type}`, `scope:${name}`], targets: {} })
      write('libs/leaf/project.json', tags('leaf', 'lib'))
      write('apps/shop/project.json', tags('shop', 'service'))
      write('apps/shop/src/main.ts', 'export const x = 1\n')
      write('libs/leaf/src/index.ts', `import { x } from '../../../apps/shop/src/main.ts'\nexport const y = x\n`)
      const found = await readGraph(workspace, path.join(workspace, 'graph.log'))
      expect(tagViolations(found)).toEqual(['leaf -> shop: it may not depend on type:service'])
    } finally {
      rmSync(workspace, { recursive: true, force: true })
    }
  }, 60_000)
})
