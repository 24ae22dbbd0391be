/** One command of a script line. */
export interface ShellCommand {
  /** As written, trimmed. */
  readonly text: string
  /** Unquoted words. With `needsShell`, they are only good for recognising the tool. */
  readonly words: readonly string[]
  /** Globs, variables, pipes or redirections outside quotes: only a shell can run it as meant. */
  readonly needsShell: boolean
  /** More than one process (pipe, `||`, `&`, subshell): nothing can be appended to it safely. */
  readonly compound: boolean
}

interface Scan {
  words: string[]
  word: string | undefined
  needsShell: boolean
  compound: boolean
  start: number
}

const fresh = (start: number): Scan => ({ words: [], word: undefined, needsShell: false, compound: false, start })

const endWord = (scan: Scan): void => {
  if (scan.word !== undefined) scan.words.push(scan.word)
  scan.word = undefined
}

/** Reads a quoted part that starts at `at`; returns the place after it. */
const readQuoted = (line: string, at: number, scan: Scan): number => {
  const quote = line[at]!
  let text = ''
  let i = at + 1
  for (; i < line.length && line[i] !== quote; i++) {
    if (quote === '"' && line[i] === '\\' && '"\\$`'.includes(line[i + 1] ?? ' ')) i++
    else if (quote === '"' && (line[i] === '$' || line[i] === '`')) scan.needsShell = true
    text += line[i]
  }
  scan.word = (scan.word ?? '') + text
  return i + 1
}

/**
 * Splits a script at `&&`, `;` and line ends. `||`, pipes, `&` and parentheses keep their neighbours together:
 * such a command is marked compound.
 */
export const splitCommands = (line: string): ShellCommand[] => {
  const commands: ShellCommand[] = []
  let scan = fresh(0)
  let depth = 0
  const endCommand = (end: number, next: number): void => {
    endWord(scan)
    const text = line.slice(scan.start, end).trim()
    if (text !== '') commands.push({ text, words: scan.words, needsShell: scan.needsShell, compound: scan.compound })
    scan = fresh(next)
  }
  let i = 0
  while (i < line.length) {
    const c = line[i]!
    if (c === "'" || c === '"') i = readQuoted(line, i, scan)
    else if (c === '\\') {
      scan.word = (scan.word ?? '') + (line[i + 1] ?? '')
      i += 2
    } else if (depth === 0 && (c === ';' || c === '\n' || line.startsWith('&&', i))) {
      const width = c === '&' ? 2 : 1
      endCommand(i, i + width)
      i += width
    } else if ('|&<>()`'.includes(c)) {
      depth += c === '(' ? 1 : c === ')' ? -1 : 0
      scan.needsShell = scan.compound = true
      endWord(scan)
      i += line.startsWith('||', i) ? 2 : 1
    } else if (/\s/.test(c)) {
      endWord(scan)
      i++
    } else {
      if ('*?[]{}$~!#'.includes(c) && !(c === '#' && scan.word !== undefined)) scan.needsShell = true
      scan.word = (scan.word ?? '') + c
      i++
    }
  }
  endCommand(line.length, line.length)
  return commands
}

/** What changes the shell for all that comes after, or begins what only ends commands later. */
const shellsOwn = new Set(
  'for while until if case select function { . source trap eval exec unset alias umask ulimit pushd popd'.split(' '),
)

const assignment = /^[A-Za-z_]\w*=/

/** The variables of a plain `export A=1`; undefined for any other command. */
export const exportedBy = ({ words, needsShell }: ShellCommand): Readonly<Record<string, string>> | undefined => {
  const [tool, ...variables] = words
  if (tool !== 'export' || needsShell || !variables.every((word) => assignment.test(word))) return undefined
  return Object.fromEntries(variables.map((word) => [word.split('=', 1)[0]!, word.slice(word.indexOf('=') + 1)]))
}

const isShellsOwn = (command: ShellCommand): boolean => {
  const { words } = command
  if (words[0] === 'export') return exportedBy(command) === undefined
  return shellsOwn.has(words[0] ?? '') || (words.length > 0 && words.every((word) => assignment.test(word)))
}

/** The commands of a script's line: those of `splitCommands`, or the whole line as one where it cannot be taken apart. */
export const commandsOf = (line: string): ShellCommand[] => {
  const commands = splitCommands(line)
  if (!commands.some(isShellsOwn)) return commands
  return [{ text: line.trim(), words: ['sh', '-c', line.trim()], needsShell: true, compound: true }]
}

/** Writes words as one line that a POSIX shell reads back as the same words. */
export const joinWords = (words: readonly string[]): string =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
