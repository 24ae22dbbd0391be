import path from 'node:path'
import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createRouter } from './container.ts'

await runService(() => createRouter(readConfig(path.join(import.meta.dirname, 'engine-child.js'))))
