// The scripted model server of the router benchmark, in a process of its own; prints its base URL.
import { startModelServer } from '@iama/testing/model-server'

const server = await startModelServer({ keep: 100 })
// one object, so that it is cut into tokens once; and told counts, so that no prompt is counted
const answer = {
  text: 'The quick brown fox jumps over the lazy dog. '.repeat(10),
  usage: { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 },
}
server.script(() => answer)
process.stdout.write(`${server.url}\n`)
