export { ROLES, type Principal, type Role } from './principal.ts'
