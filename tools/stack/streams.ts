import path from 'node:path'
import { applyStreams, connectNats, diffStreams, readStreams } from '@iama/messaging'
import { root } from '../workspace.ts'

const declaration = path.join(root, 'deploy/nats/streams.yaml')

/** Makes JetStream's streams and consumers what deploy/nats/streams.yaml says. Applying it twice changes nothing. */
export const makeStreams = async (natsUrl: string): Promise<void> => {
  const nats = await connectNats({ url: natsUrl, name: 'stack' })
  try {
    await applyStreams(nats, await readStreams(declaration))
  } finally {
    await nats.close()
  }
}

/** What the server has otherwise than deploy/nats/streams.yaml says, a sentence each. */
export const compareStreams = async (natsUrl: string): Promise<string[]> => {
  const nats = await connectNats({ url: natsUrl, name: 'stack' })
  try {
    return await diffStreams(nats, await readStreams(declaration))
  } finally {
    await nats.close()
  }
}
