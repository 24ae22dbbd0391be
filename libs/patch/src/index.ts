export { applyPatch } from './apply.ts'
export { describeConflict, PatchConflict, type Conflict, type ConflictReason, type NearestMatch } from './conflict.ts'
export { NotExpressible, patchBetween, touchedPaths } from './diff/patch-between.ts'
export { withoutClaims } from './claims.ts'
export { unifiedDiff, type DiffStyle } from './diff/unified-diff.ts'
export type {
  AnchoredOperation,
  ByteRange,
  CreateFileOperation,
  DeleteFileOperation,
  Edit,
  Evidence,
  Place,
  InsertOperation,
  Operation,
  Patch,
  RenameFileOperation,
  ReplaceOperation,
  Sha256,
  Tree,
  TreeFile,
  WriteFileOperation,
} from './edit.ts'
export { canonicalJson, formatPatch, patchHash } from './format.ts'
export { maximalGreenSubset, type GreenSubset } from './green-subset.ts'
export { isSha256, sha256, treeHash, treeHashOfEntries, type TreeHashEntry } from './hash.ts'
export { invertPatch } from './invert.ts'
export { locate, type Located, type NotLocated } from './locate.ts'
export { nearestMatch } from './nearest-match.ts'
export { parsePatch } from './parse.ts'
export { stepsOf, type PatchStep } from './steps.ts'
export { selectEdits, UnknownEdit, withoutEdits } from './select.ts'
export { asBuffer, decodeText, isBinary } from './text-bytes.ts'
export { pathProblem } from './tree-path.ts'
