import { runService } from '@iama/service'
import { readConfig } from './config.ts'
import { createSandbox } from './container.ts'

// What the service makes for sandboxes must be readable for their accounts, whatever the shell that started it says.
process.umask(0o022)
await runService(() => createSandbox(readConfig()))
