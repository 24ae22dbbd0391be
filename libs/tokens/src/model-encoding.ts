import { modelToEncodingMap } from 'gpt-tokenizer/mapping'

import type { EncodingName } from './encodings.ts'

/** Names that the library's list does not have yet, by how the families are called. */
const families: readonly (readonly [RegExp, EncodingName])[] = [
  [/^(gpt-4o|gpt-4\.[15]|gpt-[5-9]|gpt-oss|chatgpt-4o|o[1-9])(?![a-z0-9])/, 'o200k_base'],
  [/^(gpt-4|gpt-3\.5|gpt-35)(?![a-z0-9.])/, 'cl100k_base'],
]

const listed: Readonly<Record<string, string>> = modelToEncodingMap

/** `openrouter/openai/gpt-4o:free` and `ft:gpt-4o:org::id` as `gpt-4o`. */
const bareName = (model: string): string => {
  const name = model.trim().toLowerCase()
  const last = name.slice(name.lastIndexOf('/') + 1)
  return last.replace(/^ft:/, '').replace(/[:@].*$/, '')
}

/** The encoding that a model is known to use; undefined for models with a tokenizer of their own. */
export const knownEncoding = (model: string): EncodingName | undefined => {
  const name = bareName(model)
  const found = Object.hasOwn(listed, name) ? listed[name] : undefined
  if (found === 'o200k_base' || found === 'o200k_harmony') return 'o200k_base'
  if (found === 'cl100k_base') return 'cl100k_base'
  return found === undefined ? families.find(([family]) => family.test(name))?.[1] : undefined
}

/** Whether counts for a model are its own tokenizer's, and no estimate with o200k_base. */
export const isExact = (model: string): boolean => knownEncoding(model) !== undefined
