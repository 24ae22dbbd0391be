import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createJobs } from './container.ts'

await runService(() => createJobs(readConfig()))
