/** A function of so many lines that uses nothing but what is given to it. */
export const filler = (name: string, lines: number, first = '', word = ''): string =>
  [
    `${word}function ${name}(value) {`,
    ...(first === '' ? [] : [`  ${first}`]),
    ...Array.from({ length: lines - 3 - (first === '' ? 0 : 1) }, (_, at) => `  value += ${at}`),
    '  return value',
    '}',
    '',
  ].join('\n')

/** 240 lines that stay: each function uses the next, and the last one counts in a variable of the file. */
export const rest = (): string =>
  [
    ...Array.from({ length: 6 }, (_, at) =>
      filler(`stage${at}`, 40, at < 5 ? `value = stage${at + 1}(value)` : 'calls += 1', at === 0 ? 'export ' : ''),
    ),
  ].join('\n')

type LongParts = Partial<Record<'imports' | 'before' | 'inner' | 'reading' | 'entry' | 'after', string>>

/** A long module: functions around `readText` that stand for themselves, and others, of which one uses it. */
export const longModule = ({
  imports = '',
  before = '',
  inner = '',
  reading = filler('skipSpace', 40),
  entry = 'export ',
  after = '',
}: LongParts = {}): string =>
  [
    ...(imports === '' ? [] : [imports]),
    ...(before === '' ? [] : [before]),
    'let calls = 0\n',
    '/** How deep it reads. */\nconst DEPTH = 9\n',
    reading,
    `/** Reads a text. */\n${filler('readText', 40, `value = skipSpace(value) + DEPTH${inner}`, entry)}`,
    rest(),
    filler('run', 10, 'value = readText(value) + calls', 'export '),
    ...(after === '' ? [] : [after]),
  ].join('\n')

/** The same as a CommonJS file, which exports at its end. */
export const longCommonJs = ({
  exports = 'module.exports = { stage0, readText, run }\n',
  ...parts
}: LongParts & { readonly exports?: string } = {}): string =>
  longModule({ entry: '', ...parts, after: `${parts.after ?? ''}${exports}` }).replaceAll(/^export /gm, '')
