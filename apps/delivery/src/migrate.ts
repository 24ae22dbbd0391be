import { migrateFromEnvironment } from '@iama/service'
import { migrations } from './infrastructure/migrations/index.ts'

await migrateFromEnvironment('delivery', migrations)
