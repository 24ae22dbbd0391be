import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createBilling } from './container.ts'

await runService(() => createBilling(readConfig()))
