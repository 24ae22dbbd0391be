// Run after `npm install` where the registry at hand lacks packages of other systems: see checks/lock.ts.
import { completeLock } from './checks/lock.ts'

process.stdout.write(`${completeLock()} entries added to package-lock.json\n`)
