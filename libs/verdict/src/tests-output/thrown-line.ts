/**
 * What ended a program, in the line by which Node says it: `TypeError: no`, or `[TypeError: no] {` of an error that has
 * no stack. Undefined where there is none.
 */
export const thrownLine = (stderr: string): string | undefined => {
  const [, open, line] = /^(\[?)(\w*Error\b.*)$/m.exec(stderr) ?? []
  return open === '[' ? line!.replace(/\]( \{)?$/, '') : line
}
