/** Closes a switch over a union: a forgotten case is a type error, an unknown value a defect. */
export const assertNever = (value: never): never => {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
