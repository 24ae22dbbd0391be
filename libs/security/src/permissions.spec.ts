import { describe, expect, it } from '@jest/globals'
import { may, PermissionDenied, PERMISSIONS, requirePermission } from './permissions.ts'
import { ROLES, type Principal, type Role } from './principal.ts'

const person = (...roles: Role[]): Principal => ({ kind: 'user', tenantId: 't', userId: 'u', roles })
const granted = (role: Role) => PERMISSIONS.filter((permission) => may(person(role), permission))

describe('what a role may do', () => {
  it('is this table', () => {
    expect(Object.fromEntries(ROLES.map((role) => [role, granted(role)]))).toEqual({
      owner: [...PERMISSIONS],
      admin: PERMISSIONS.filter((permission) => permission !== 'billing.manage'),
      maintainer: [
        'jobs.read',
        'jobs.write',
        'jobs.accept',
        'jobs.kill',
        'delivery.read',
        'delivery.write',
        'billing.read',
        'members.read',
        'apikeys.manage',
        'monitoring.read',
      ],
      developer: [
        'jobs.read',
        'jobs.write',
        'jobs.accept',
        'delivery.read',
        'delivery.write',
        'billing.read',
        'apikeys.manage',
      ],
      viewer: ['jobs.read', 'delivery.read', 'billing.read'],
      auditor: [
        'jobs.read',
        'delivery.read',
        'billing.read',
        'members.read',
        'audit.read',
        'audit.export',
        'monitoring.read',
      ],
    })
  })

  it('adds up over roles', () => {
    expect(may(person('viewer', 'auditor'), 'audit.read')).toBe(true)
    expect(may(person(), 'jobs.read')).toBe(false)
  })

  it('is for people and their keys, not for services and strangers', () => {
    const as = (kind: Principal['kind']) => may({ ...person('owner'), kind }, 'jobs.read')
    expect([as('user'), as('apiKey'), as('service'), as('anonymous')]).toEqual([true, true, false, false])
  })

  it('is refused with the permission and the roles that have it', () => {
    const refused = () => requirePermission(person('viewer'), 'jobs.write')
    expect(refused).toThrow(PermissionDenied)
    expect(refused).toThrow('jobs.write; ask for one of the roles: owner, admin, maintainer, developer')
    expect(() => requirePermission(person('developer'), 'jobs.write')).not.toThrow()
  })
})
