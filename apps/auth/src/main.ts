import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createAuth } from './container.ts'

await runService(() => createAuth(readConfig()))
