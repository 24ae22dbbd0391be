import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createCompliance } from './container.ts'

await runService(() => createCompliance(readConfig()))
