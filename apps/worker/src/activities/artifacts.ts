import { fromJson, toJsonString, type DescMessage, type JsonValue, type MessageShape } from '@bufbuild/protobuf'
import type { Clients } from '../clients.ts'
import type { Task } from '../workflows/story.ts'

const CHUNK = 256 * 1024

/** Stores a content for a job. @returns its address */
export const putArtifact = async (
  clients: Clients,
  task: Task,
  content: Uint8Array,
  signal?: AbortSignal,
): Promise<string> => {
  async function* parts() {
    const { tenantId, jobId } = task
    yield { part: { case: 'header' as const, value: { tenantId, jobId, mediaType: 'application/json' } } }
    for (let at = 0; at < content.length; at += CHUNK) {
      yield { part: { case: 'chunk' as const, value: content.subarray(at, at + CHUNK) } }
    }
  }
  const { address } = await clients.artifacts.put(parts(), signal ? { signal } : {})
  return address
}

export const getArtifact = async (
  clients: Clients,
  tenantId: string,
  address: string,
  signal?: AbortSignal,
): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const { chunk } of clients.artifacts.get({ tenantId, address }, signal ? { signal } : {})) {
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Results travel between activities as artifacts: a workflow's history holds only their addresses. */
export const keep = async <Desc extends DescMessage>(
  clients: Clients,
  task: Task,
  schema: Desc,
  message: MessageShape<Desc>,
): Promise<string> => await putArtifact(clients, task, Buffer.from(toJsonString(schema, message)))

export const recall = async <Desc extends DescMessage>(
  clients: Clients,
  task: Task,
  schema: Desc,
  address: string,
): Promise<MessageShape<Desc>> => {
  const json = JSON.parse((await getArtifact(clients, task.tenantId, address)).toString()) as JsonValue
  return fromJson(schema, json)
}
