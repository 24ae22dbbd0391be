import { DomainError } from '@iama/kernel'
import { isPerson, ROLES, type Principal, type Role } from './principal.ts'

/** What a person may do. `read` sees, `write` starts and decides, `manage` changes how others work. */
export const PERMISSIONS = [
  'jobs.read',
  'jobs.write',
  'jobs.accept',
  'jobs.kill',
  'delivery.read',
  'delivery.write',
  'billing.read',
  'billing.manage',
  'members.read',
  'members.manage',
  'policy.manage',
  'apikeys.manage',
  'audit.read',
  'audit.export',
  'erasure.request',
  'monitoring.read',
  'monitoring.operate',
] as const
export type Permission = (typeof PERMISSIONS)[number]

const viewer: readonly Permission[] = ['jobs.read', 'delivery.read', 'billing.read']
const developer: readonly Permission[] = [...viewer, 'jobs.write', 'jobs.accept', 'delivery.write', 'apikeys.manage']
const maintainer: readonly Permission[] = [...developer, 'jobs.kill', 'members.read', 'monitoring.read']

const table: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(PERMISSIONS),
  // everything except the money, which stays with who pays
  admin: new Set(PERMISSIONS.filter((one) => one !== 'billing.manage')),
  maintainer: new Set(maintainer),
  developer: new Set(developer),
  viewer: new Set(viewer),
  // sees everything that happened, changes nothing
  auditor: new Set<Permission>([...viewer, 'members.read', 'audit.read', 'audit.export', 'monitoring.read']),
}

export class PermissionDenied extends DomainError {
  readonly code = 'PERMISSION_DENIED'
  override readonly kind = 'forbidden'
}

/** Whether one of the principal's roles grants the permission; services have no roles and are never granted any. */
export const may = (principal: Principal, permission: Permission): boolean =>
  isPerson(principal) && principal.roles.some((role) => table[role].has(permission))

/** Throws PermissionDenied, naming the permission and who could grant it. */
export const requirePermission = (principal: Principal, permission: Permission): void => {
  if (may(principal, permission)) return
  const roles = ROLES.filter((role) => table[role].has(permission))
  throw new PermissionDenied(`this needs the permission ${permission}; ask for one of the roles: ${roles.join(', ')}`, {
    permission,
  })
}
