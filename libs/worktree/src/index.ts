export {
  applyWithJournal,
  InvalidBundle,
  recover,
  TreeChanged,
  TreeNotWritable,
  type Bundle,
  type BundleFile,
  type Recovery,
} from './apply-bundle.ts'
export type { DurableFs, Permissions } from './durable-fs.ts'
export { JournalDamaged } from './journal.ts'
export { defaultLimits, TreeTooLarge, type Limits } from './limits.ts'
export { UnsupportedFileName } from './list-paths.ts'
export { LockHeld, withLock } from './process-lock.ts'
export { hashFiles, hashTreeOnDisk, readTreeFile, readTreeFiles, type FileState, type HashedFile } from './read-file.ts'
export { NotAFolder, scanTree, type ScannedFile, type ScannedLink, type ScannedTree, type ScanOptions } from './scan.ts'
