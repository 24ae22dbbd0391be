const comment = /^(?:\/\/|#|--|;+|%|\/\*+|<!--|\{\/\*|\*|"""|''')\s*(.*?)\s*(?:\*+\/\}?|-->|"""|''')?$/
const dots = /^[[(<{]?\s*(?:\.{3,}|…)\s*[\])>}]?$/
const words =
  /\b(?:rest of|remain(?:ing|s|der)?|existing|unchanged|previous|omitted|as before|same as|other|more|keep|stays? the same|etc|your|continue[sd]?|implementation|code|methods?|functions?|imports?|tests?|here|above|below)\b/i
const plainly =
  /\b(?:(?:the )?rest of (?:the |your |this )?(?:\w+ )?(?:code|file|function|class|module|component|methods?|implementation|tests?|content)|(?:existing|previous|original|remaining|other) (?:code|methods?|functions?|imports?|tests?|implementation|content)s?(?: \w+)? (?:unchanged|here|as before|remains?|stays?|goes?|omitted)|(?:code|file|content|methods?|functions?|lines?) (?:unchanged|omitted|remains? (?:the same|unchanged))|omitted for brevity|unchanged code|same as before)\b/i

/** Whether a line stands for code that its author did not write out. */
const elides = (line: string): boolean => {
  if (dots.test(line)) return true
  const said = comment.exec(line)?.[1]
  if (said === undefined) return false
  if (dots.test(said) || plainly.test(said)) return true
  return (/^[[(<{]?\s*(?:\.{3,}|…)/.test(said) || /(?:\.{3,}|…)\s*[\])>}]?$/.test(said)) && words.test(said)
}

/** Longer lines are code, not remarks. */
const MAX_REMARK = 200

/**
 * The index of the first line that stands for code left out, such as `// ... rest of the code`. A line that the file
 * has already is no elision, and neither is `...` where the language knows it as a statement.
 */
export const findElision = (lines: readonly string[], path: string, known: (line: string) => boolean): number => {
  const ellipsisIsCode = /\.pyi?$/i.test(path)
  return lines.findIndex((line) => {
    if (line.length > MAX_REMARK) return false
    const trimmed = line.trim()
    if (trimmed === '...' && ellipsisIsCode) return false
    return elides(trimmed) && !known(trimmed)
  })
}
