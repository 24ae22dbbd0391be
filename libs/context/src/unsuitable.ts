import { classifyRole } from '@iama/codemod'
import { decodeText, isBinary, type TreeFile } from '@iama/patch'

const lockFile =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|bun\.lockb?|go\.sum|[^/]+\.lock|deno\.lock)$/i
const secretFile =
  /(^|\/)(\.env(\.(?!example$|sample$|template$|dist$)[^/]*)?|[^/]+\.env|\.npmrc|\.netrc|_netrc|\.pgpass|\.htpasswd|\.git-credentials|\.pypirc|id_(rsa|dsa|ecdsa|ed25519)|credentials(\.(json|ya?ml|ini))?|secrets?\.(json|ya?ml|toml|ini|properties)|[^/]+\.(pem|key|p12|pfx|jks|keystore|ppk|kdbx|tfvars|asc|gpg))$/i
const generatedFile = /\.(map|snap|tsbuildinfo)$/i

/** Why a file is not for a model's eyes whatever it is about, decided by its path; undefined when it may be. */
const byPath = (path: string): string | undefined => {
  if (secretFile.test(path)) return 'may hold secrets'
  if (lockFile.test(path)) return 'is a lock file'
  return generatedFile.test(path) ? 'is generated' : undefined
}

const byRole: Readonly<Record<string, string>> = {
  vendored: 'is vendored',
  minified: 'is minified',
  generated: 'is generated',
}

/** The text of a file that a model may see, or why it may not. Byte order marks are left away. */
export const readableText = (path: string, file: TreeFile): { text: string } | { unsuitable: string } => {
  const why = byPath(path)
  if (why !== undefined) return { unsuitable: why }
  const text = isBinary(file.content) ? undefined : decodeText(file.content)
  if (text === undefined) return { unsuitable: 'is binary' }
  const role = byRole[classifyRole(path, text)]
  return role === undefined ? { text: text.replace(/^\uFEFF/, '') } : { unsuitable: role }
}
