import type { EntityManager, EntitySchema, ObjectLiteral } from 'typeorm'
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js'
import { ConcurrentUpdate } from './errors.ts'

/**
 * `UPDATE ... WHERE <key> AND version = expected`, the new version being `expected + 1`.
 * @throws ConcurrentUpdate when no row was affected
 */
export const optimisticUpdate = async <Row extends ObjectLiteral & { version: number }>(
  manager: EntityManager,
  entity: EntitySchema<Row>,
  key: Partial<Row>,
  expectedVersion: number,
  changes: Partial<Row>,
): Promise<void> => {
  const result = await manager
    .createQueryBuilder()
    .update(entity)
    .set({ ...changes, version: expectedVersion + 1 } as unknown as QueryDeepPartialEntity<Row>)
    .where({ ...key, version: expectedVersion })
    .execute()
  if (result.affected !== 1) {
    throw new ConcurrentUpdate(`version ${expectedVersion} of the row is no longer the latest; read it again`)
  }
}
