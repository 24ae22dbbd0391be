export { putArtifact, readArtifact, type ArtifactClient, type ArtifactHeader } from './artifact.ts'
export { MOST_ADDRESSES, packContents, readContents, type ContentPart } from './contents.ts'
export { NotASnapshot, parseManifest, readManifest, type SnapshotEntry } from './manifest.ts'
export { readLinks, readTree } from './tree.ts'
