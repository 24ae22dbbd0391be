export { putArtifact, readArtifact, type ArtifactClient, type ArtifactHeader } from './artifact.ts'
export { NotASnapshot, parseManifest, readManifest, type SnapshotEntry } from './manifest.ts'
export { readTree } from './tree.ts'
