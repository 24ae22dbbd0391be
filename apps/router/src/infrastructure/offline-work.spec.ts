import { describe, expect, it } from '@jest/globals'
import { offlineAnswer, type OfflineWork } from './offline-work.ts'

const treeOf = (text: string): OfflineWork['tree'] =>
  new Map(
    Object.entries({ 'package.json': '{"name":"one","engines":{"node":">=20"}}', 'index.js': text }).map(
      ([path, content]) => [path, { content: Buffer.from(content), executable: false }],
    ),
  )

const work = (subject: string, phase: OfflineWork['phase'], text: string, proposalId = ''): OfflineWork => ({
  ...{ kind: 'offline', phase, subject, tree: treeOf(text), links: [], goal: 'modernize', target: '' },
  ...{ include: [], recipes: [], skip: [], evidence: 'proven', proposalId, onlyEdits: [] },
})

const one = "'use strict'\nvar a = 1\nmodule.exports = function () { return a }\n"
const two = "'use strict'\nvar b = 2\nvar c = 3\nmodule.exports = function () { return b + c }\n"

const firstOf = (answer: string): string => (JSON.parse(answer) as { proposals: { id: string }[] }).proposals[0]!.id

describe('a child that is asked again', () => {
  it('answers what one answers that was never asked before', () => {
    const id = firstOf(offlineAnswer(work('warm', 'proposal', one)))
    const warm = [offlineAnswer(work('warm', 'spec', one, id)), offlineAnswer(work('warm', 'refactor', one, id))]
    const fresh = [offlineAnswer(work('spec', 'spec', one, id)), offlineAnswer(work('patch', 'refactor', one, id))]
    expect(warm).toEqual(fresh)
  })

  it('reads another snapshot, and the same for another request, anew', () => {
    const id = firstOf(offlineAnswer(work('one', 'proposal', one)))
    const patchOf = (asked: OfflineWork) => JSON.parse(offlineAnswer(asked)) as { patch: { edits: unknown[] } }
    expect(patchOf(work('one', 'refactor', one, id)).patch.edits).toHaveLength(1)
    expect(patchOf(work('two', 'refactor', two, id)).patch.edits).toHaveLength(2)
    expect(() =>
      offlineAnswer({ ...work('two', 'refactor', two, id), goal: 'simplify', recipes: ['dead-code'] }),
    ).toThrow(/is not offered for this code/)
  })
})

describe('a strategy on the wire', () => {
  it('says whether the package becomes ES modules', () => {
    const { proposals } = JSON.parse(offlineAnswer(work('wire', 'proposal', one))) as { proposals: object[] }
    expect(proposals.length).toBeGreaterThan(0)
    for (const proposal of proposals) expect(proposal).toMatchObject({ toEsModules: false, newFiles: [] })
  })
})
