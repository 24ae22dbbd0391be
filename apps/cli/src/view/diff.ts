import type { Style } from './style.ts'

const isHeader = /^(diff --git|index |--- |\+\+\+ |old mode|new mode|new file|deleted file|similarity|rename )/

/** A unified diff with colours; without colours not a byte differs. */
export const colorDiff = (diff: string, style: Style): string => {
  let inHunk = false
  return diff
    .split('\n')
    .map((line) => {
      if (line.startsWith('diff --git')) inHunk = false
      if (line.startsWith('@@')) {
        inHunk = true
        return style.cyan(line)
      }
      if (!inHunk) return isHeader.test(line) ? style.bold(line) : line
      if (line.startsWith('+')) return style.green(line)
      return line.startsWith('-') ? style.red(line) : line
    })
    .join('\n')
}

// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g
/** Controls of eight bits, and marks that turn the direction of writing: with them code reads as what it is not. */
const unseen = /[\u0080-\u009F\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g

/**
 * What a terminal must not be told: everything but text, tabs and line ends, shown as a caret and a letter or by its
 * number. A carriage return stays only at the end of a line.
 */
export const withoutControls = (diff: string): string =>
  diff
    .replace(/\r(?!\n|$)/g, '^M')
    .replace(controls, (character) => `^${String.fromCharCode(character.charCodeAt(0) ^ 64)}`)
    .replace(unseen, (character) => `<U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`)
