import { fromJson, toJsonString, type DescMessage, type JsonValue, type MessageShape } from '@bufbuild/protobuf'
import { putArtifact as storeArtifact, readArtifact } from '@iama/snapshot'
import type { Clients } from '../clients.ts'
import type { Task } from '../workflows/story.ts'

/** Stores a content for a job. @returns its address */
export const putArtifact = (
  clients: Clients,
  { tenantId, jobId }: Task,
  content: Uint8Array,
  signal?: AbortSignal,
): Promise<string> =>
  storeArtifact(clients.artifacts, { tenantId, jobId, mediaType: 'application/json' }, content, signal)

export const getArtifact = (
  clients: Clients,
  tenantId: string,
  address: string,
  signal?: AbortSignal,
): Promise<Buffer> => readArtifact(clients.artifacts, tenantId, address, signal)

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
