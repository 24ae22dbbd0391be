import path from 'node:path'
import { runService } from '@iama/service'
import { Runtime, DefaultLogger } from '@temporalio/worker'
import { readConfig } from './config.ts'
import { createWorker } from './worker.ts'

// Our own handlers stop the process in order; Temporal's would be a second opinion.
Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('WARN') })

await runService(() => createWorker(readConfig(path.join(import.meta.dirname, 'workflows.js'))), 20_000)
