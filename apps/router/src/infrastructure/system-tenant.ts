/**
 * The tenant `system`, to which belongs what is nobody's in particular: tenants are UUIDs everywhere, and no tenant is
 * ever given this one, for it is of version 8 and ours are of version 7.
 */
export const SYSTEM_TENANT = '00000000-0000-8000-8000-000000000000'
