import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import { ReadJobResponseSchema } from '@iama/contracts/iama/jobs/v1/lifecycle'
import type { Clients } from '../clients.ts'
import type { Task } from '../workflows/story.ts'
import { scopeOf } from './scope.ts'

const nobody = {} as Clients
const task = { tenantId: 't', jobId: 'j' } as Task

describe('what a strategy permits', () => {
  it('is what whoever selected it has read', async () => {
    const modules = { id: 'modules', files: ['lib/a.js', 'test/package.json'], newFiles: ['test/package.json'] }
    const proposals = [
      { ...modules, floorBefore: 'ES2015', floorAfter: 'ES2023', toEsModules: true },
      { ...modules, id: 'other', floorBefore: 'ES2015', floorAfter: 'ES2015' },
    ]
    const read = (selectedProposalId: string) =>
      create(ReadJobResponseSchema, { job: { selectedProposalId, proposals } })
    const files = { files: ['lib/a.js'], approved: modules.files, newModules: modules.newFiles }
    expect(await scopeOf(nobody, task, read('modules'))).toEqual({ ...files, raisesFloor: true, toEsModules: true })
    expect(await scopeOf(nobody, task, read('other'))).toEqual({ ...files, raisesFloor: false, toEsModules: false })
  })
})
