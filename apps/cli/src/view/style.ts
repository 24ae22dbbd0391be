import pc from 'picocolors'

type Paint = (text: string) => string

/** Colours of a terminal, or none. */
export interface Style {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly cyan: Paint
}

export const createStyle = (colored: boolean): Style => {
  const { bold, dim, red, green, yellow, cyan } = pc.createColors(colored)
  return { bold, dim, red, green, yellow, cyan }
}

export const plainStyle: Style = createStyle(false)

// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u001F\u007F-\u009F]/g
// eslint-disable-next-line no-control-regex
const controlsButLines = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g
/** Marks that turn the direction of what follows: a name or a line of code could read as another. */
const turns = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g
/** Colours, the only sequences that we write ourselves. */
// eslint-disable-next-line no-control-regex
const colors = /(\u001B\[\d{1,3}(?:;\d{1,3})*m)/

/**
 * Text from elsewhere on one line: file names and messages could hold escape sequences that take over a terminal.
 */
export const oneLine = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(controls, '\uFFFD').replace(turns, '\uFFFD').trim()

/** The same for text of several lines. */
export const printable = (text: string): string =>
  text.replace(/\r\n/g, '\n').replace(controlsButLines, '\uFFFD').replace(turns, '\uFFFD')

/** The same for what is about to be shown, our own colours in it: whatever was let through before can only colour. */
export const showable = (text: string): string =>
  text
    .split(colors)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('')
