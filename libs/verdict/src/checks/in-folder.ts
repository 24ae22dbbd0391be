import type { Leaf } from '../types.ts'
import { joinWords } from './shell-words.ts'

/**
 * The command of a leaf, to be run at the top of a tree. In a workspace's folder the commands of its own packages come
 * before those of the top, as under `npm run`.
 */
export const inFolder = ({ cwd }: Pick<Leaf, 'cwd'>, argv: readonly string[]): readonly string[] => {
  if (cwd === undefined) return argv
  return ['sh', '-c', 'cd "$0" && export PATH="$PWD/node_modules/.bin:$PATH" && exec "$@"', cwd, ...argv]
}

/** Where a file of a leaf's own folder lies in the tree. */
export const placeOf = ({ cwd }: Pick<Leaf, 'cwd'>, file: string): string =>
  cwd === undefined ? file : `${cwd}/${file}`

/** The command as a person would type it at the top. */
export const commandText = ({ cwd, command }: Pick<Leaf, 'cwd' | 'command'>): string =>
  cwd === undefined ? command : `cd ${joinWords([cwd])} && ${command}`
