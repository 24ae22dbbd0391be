/** What the service sees across tenants. */
export const exceptions = {
  plans: 'the catalogue is the same for everybody, and nobody writes it at run time',
} as const
