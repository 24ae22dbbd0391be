import { applyPatch, type Tree } from '@iama/patch'

import { analyze } from '../../src/analysis/analyze.ts'
import { propose } from '../../src/proposals/propose.ts'
import { transform } from '../../src/transform.ts'
import type { Proposal, RefactorRequest, Transformed } from '../../src/types.ts'

/** A tree from texts. */
/** Its contents are plain bytes, which have none of the methods of Buffer. */
export const treeOf = (files: Readonly<Record<string, string>>): Tree => {
  const encoder = new TextEncoder()
  return new Map(
    Object.entries(files).map(([path, text]) => [path, { content: encoder.encode(text), executable: false }]),
  )
}

export const textIn = (tree: Tree, path: string): string => Buffer.from(tree.get(path)!.content).toString()

export interface Outcome extends Transformed {
  readonly tree: Tree
  readonly proposals: readonly Proposal[]
}

/** Analyses, proposes, takes the first proposal (or the one of an id) and applies its patch. */
export const refactor = (tree: Tree, request: RefactorRequest, id?: string): Outcome => {
  const analysis = analyze(tree)
  const proposals = propose(tree, analysis, request)
  const proposal = id === undefined ? proposals[0] : proposals.find((each) => each.id === id)
  if (proposal === undefined) return { tree, proposals, patch: { version: 1, edits: [] }, refused: [] }
  const transformed = transform(tree, analysis, proposal, request)
  return { ...transformed, tree: applyPatch(tree, transformed.patch), proposals }
}
