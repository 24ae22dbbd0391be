import type { MasterKey, UnitOfWork } from './ports.ts'

/** The data key of a tenant, made at the first call. Whoever loses a race takes the winner's key. */
export class GetDataKey {
  readonly #unitOfWork: UnitOfWork
  readonly #master: MasterKey
  readonly #freshKey: () => Uint8Array

  constructor(unitOfWork: UnitOfWork, master: MasterKey, freshKey: () => Uint8Array) {
    this.#unitOfWork = unitOfWork
    this.#master = master
    this.#freshKey = freshKey
  }

  async execute(tenantId: string): Promise<{ key: Uint8Array; version: number }> {
    const fresh = this.#master.wrap(tenantId, this.#freshKey())
    const { wrapped, version } = await this.#unitOfWork.run(tenantId, ({ dataKeys }) => dataKeys.keep(fresh))
    return { key: this.#master.unwrap(tenantId, wrapped), version }
  }
}
