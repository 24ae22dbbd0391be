import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createDelivery } from './container.ts'

await runService(() => createDelivery(readConfig()))
