import { jsonIn } from './json-values.ts'
import { refuse } from './refusal.ts'
import { replyText } from './reply-text.ts'
import { scan } from './scan.ts'

/**
 * The one JSON object of a reply, with fences, prose and thinking around it allowed. The same object twice is one.
 * @throws ReplyRefused when there is none, more than one, or a broken one
 */
export const readJsonReply = (reply: string): unknown => {
  const { lines, parts } = scan(replyText(reply))
  const found = parts.flatMap((part) => {
    const { from, to } = part.kind === 'fence' ? part.fence : part
    return jsonIn(lines.slice(from, to).join('\n'), from)
  })
  const fix = 'answer with exactly one JSON object'
  for (const each of found) if (each.kind === 'broken') refuse(each.problem)
  const values = found.filter((each) => each.kind === 'value')
  const [first] = values
  if (first === undefined) return refuse({ fault: 'no_operations', message: 'the reply holds no JSON object', fix })
  const text = JSON.stringify(first.value)
  const other = values.find(({ value }) => JSON.stringify(value) !== text)
  if (other !== undefined) {
    const message = `there is another JSON value at line ${first.line}, and which one is meant is not certain`
    return refuse({ fault: 'several_answers', line: other.line, message, fix })
  }
  if (Array.isArray(first.value)) {
    return refuse({
      fault: 'wrong_shape',
      line: first.line,
      message: 'the reply is an array',
      fix: 'answer with one JSON object',
    })
  }
  return first.value
}
