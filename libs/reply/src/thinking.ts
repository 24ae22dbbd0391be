import { refuse } from './refusal.ts'

const names = 'think|thinking|thoughts?|scratchpad|reasoning|reflection'
const opening = new RegExp(`^\\s*<(${names})>`, 'i')
const closing = new RegExp(`^\\s*</(?:${names})>|</(?:${names})>\\s*$`, 'i')
const alone = new RegExp(`^\\s*</(?:${names})>\\s*$`, 'i')

/**
 * What is thought aloud is no answer. Where a line opens such a passage, the line at which the reply goes on; what
 * follows the closing tag on its line is left there.
 * @throws ReplyRefused when the passage never ends, for then the answer never came
 */
export const thinkingEnd = (lines: string[], at: number): number | undefined => {
  const name = opening.exec(lines[at]!)?.[1]
  if (name === undefined) return undefined
  const close = `</${name.toLowerCase()}>`
  for (let n = at; n < lines.length; n++) {
    const found = lines[n]!.toLowerCase().indexOf(close)
    if (found === -1) continue
    lines[n] = lines[n]!.slice(found + close.length)
    return n
  }
  const message = `the reply never leaves <${name}>, so the answer is missing`
  return refuse({ fault: 'truncated', line: at + 1, message, fix: 'think less and send the answer' })
}

/**
 * Whether a line ends thinking whose opening tag belonged to the prompt: all before it is then no answer. A tag on
 * a line of its own is meant so; at the edge of a line of prose only when there is nothing to lose.
 * @param answered whether something that might be an answer came before
 */
export const lateThinkingEnd = (lines: string[], at: number, answered: boolean): boolean => {
  const line = lines[at]!
  if (line.includes('`') || !closing.test(line)) return false
  if (answered && !alone.test(line)) {
    const message = 'a closing tag of thinking stands behind something that may be the answer'
    return refuse({ fault: 'several_answers', line: at + 1, message, fix: 'send the answer once, without thinking' })
  }
  lines[at] = line.replace(/^.*<\/\w+>/, '')
  return true
}
