/** Whether a name is in a list of permitted ones; `*` at the end is a prefix. */
export const matchesAny = (name: string, permitted: readonly string[] | undefined): boolean =>
  (permitted ?? []).some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each))
