export type { SecretKind } from './finding.ts'
export { PLACEHOLDER_NOTE } from './placeholder.ts'
export { SecretVault, UnknownPlaceholder, VaultUnreadable, type FoundSecrets, type VaultJson } from './secret-vault.ts'
