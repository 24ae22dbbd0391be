import { plainMessage } from './plain-message.ts'

/** One field of the YAML block behind a TAP point; block scalars become lines. */
export const field = (yaml: readonly string[], key: string): string | undefined => {
  const at = yaml.findIndex((line) => line.trimStart().startsWith(`${key}:`))
  if (at < 0) return undefined
  const inline = yaml[at]!.slice(yaml[at]!.indexOf(':') + 1).trim()
  if (!/^[|>][-+]?$/.test(inline)) return inline
  const indent = yaml[at]!.search(/\S/)
  const block: string[] = []
  for (const line of yaml.slice(at + 1)) {
    if (line.trim() !== '' && line.search(/\S/) <= indent) break
    block.push(line.trim())
  }
  return block.join('\n')
}

const unquoted = (value: string | undefined): string | undefined => value?.replace(/^(['"])(.*)\1$/, '$2')

/** What the block says about a failure. */
export const messageOf = (yaml: readonly string[]): string | undefined => {
  const parts = ['error', 'message', 'operator', 'expected', 'actual', 'wanted', 'found', 'diff']
    .map((key) => [key, key === 'error' || key === 'message' ? unquoted(field(yaml, key)) : field(yaml, key)] as const)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}: ${value}`)
  const text = plainMessage(parts.join('\n'))
  return text === '' ? undefined : text
}
