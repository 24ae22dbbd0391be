import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createGateway } from './gateway.ts'

await runService(() => createGateway(readConfig()))
