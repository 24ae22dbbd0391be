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

/**
 * Text from elsewhere on one line: file names and messages could hold escape sequences that take over a terminal.
 */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replace(controls, '\uFFFD').trim()

/** The same for text of several lines. */
export const printable = (text: string): string => text.replace(/\r\n/g, '\n').replace(controlsButLines, '\uFFFD')
