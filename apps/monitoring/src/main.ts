import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createMonitoring } from './monitoring.ts'

await runService(() => createMonitoring(readConfig()))
