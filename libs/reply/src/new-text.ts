import { linesOf, withoutBom, type BaseFile } from './base-file.ts'
import { findElision } from './elision.ts'
import type { ReplyProblem } from './refusal.ts'
import { controlIn } from './reply-text.ts'

/** What is wrong with text that a reply wants to write into a file, if anything is. */
export const newTextProblem = (
  text: string,
  path: string,
  file: BaseFile | undefined,
): Pick<ReplyProblem, 'fault' | 'message' | 'fix'> | undefined => {
  if (!text.isWellFormed()) {
    return {
      fault: 'not_text',
      message: 'the new text holds half of a character (a lone surrogate)',
      fix: 'write valid Unicode',
    }
  }
  const control = controlIn(text.replaceAll('\r\n', '\n'))
  if (control !== undefined && (control === 'U+0000' || !file?.content.includes(parseInt(control.slice(2), 16)))) {
    const fix = 'write the character as an escape of the language, or leave it out'
    return { fault: 'not_text', message: `the new text holds the control character ${control}`, fix }
  }
  const lines = linesOf(text)
  const at = findElision(lines, path, (line) => file?.has(line) ?? false)
  if (at === -1) return undefined
  const message = `line ${at + 1} of the new text, ${JSON.stringify(lines[at]!.trim())}, stands for code that is not written out`
  return { fault: 'elided', message, fix: 'write every line, or change only the lines that differ by edit operations' }
}

/** A whole file in the conventions of the one that it replaces: byte order mark, line ends, newline at the end. */
export const inConventionsOf = (file: BaseFile, text: string): string => {
  let lf = withoutBom(text).replaceAll('\r\n', '\n')
  if (file.lines.length > 0 && lf !== '') {
    if (file.finalNewline && !lf.endsWith('\n')) lf += '\n'
    if (!file.finalNewline && lf.endsWith('\n')) lf = lf.slice(0, -1)
  }
  const ended = file.lineEnd(0, file.lines.length) === '\r\n' ? lf.replaceAll('\n', '\r\n') : lf
  return (file.bom ? '\uFEFF' : '') + ended
}

const fenceLine = /^[ \t]*(`{3,}|~{3,})/

/** Whether a file may hold lines that look like the end of its own fence. */
export const fenceMayEndEarly = (marker: string, path: string, file: BaseFile | undefined): boolean => {
  const isProse = /\.(?:md|mdx|markdown|rst|adoc|qmd|rmd)$/i.test(path)
  if (isProse && marker.startsWith('`') && marker.length < 4) return true
  return file?.lines.some((line) => fenceLine.exec(line)?.[1]!.startsWith(marker)) ?? false
}
