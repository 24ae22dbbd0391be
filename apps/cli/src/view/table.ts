export type Column = { readonly title: string; readonly align?: 'left' | 'right' }

// eslint-disable-next-line no-control-regex
const colors = /\u001B\[[0-9;]*m/g

/** Columns of a text on a terminal, colours not counted. */
const width = (text: string): number => [...text.replace(colors, '').normalize('NFC')].length

const padded = (text: string, to: number, align: 'left' | 'right'): string => {
  const space = ' '.repeat(Math.max(0, to - width(text)))
  return align === 'right' ? space + text : text + space
}

/** Lines of a table: a title line unless every title is empty, two spaces between columns, none at line ends. */
export const table = (columns: readonly Column[], rows: readonly (readonly string[])[]): string[] => {
  const hasTitles = columns.some(({ title }) => title !== '')
  const all = hasTitles ? [columns.map(({ title }) => title), ...rows] : rows
  const widths = columns.map((_, n) => Math.max(0, ...all.map((row) => width(row[n] ?? ''))))
  return all.map((row) =>
    columns
      .map(({ align = 'left' }, n) => padded(row[n] ?? '', widths[n]!, align))
      .join('  ')
      .trimEnd(),
  )
}
