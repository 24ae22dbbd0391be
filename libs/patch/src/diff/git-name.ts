const escapes: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}

/** A file name as git writes it: in quotes with C escapes when it holds control, quote or non-ASCII characters. */
export const gitName = (name: string): string => {
  const bytes = Buffer.from(name)
  if (bytes.every((byte) => byte >= 32 && byte < 127 && byte !== 34 && byte !== 92)) return name
  const quoted = Array.from(bytes, (byte) => {
    const escape = escapes[byte]
    if (escape !== undefined) return escape
    return byte < 32 || byte >= 127 ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte)
  })
  return `"${quoted.join('')}"`
}

/** A name after `---` or `+++`: a tab ends a name with spaces, or GNU patch would cut it there. */
export const headerName = (name: string): string => {
  const written = gitName(name)
  return written.includes(' ') ? `${written}\t` : written
}
