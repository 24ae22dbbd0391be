/** What is wrong with a JSON text, and at which character. */
export interface JsonFault {
  readonly at: number
  readonly truncated: boolean
  readonly message: string
  readonly fix: string
}

/** Not an Error: a hostile text breaks a million times, and each would record a stack. */
class Broken {
  readonly fault: JsonFault
  constructor(fault: JsonFault) {
    this.fault = fault
  }
}

const MAX_DEPTH = 64
const blanks = /(?:[ \t\r\n\uFEFF]+|\/\/[^\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*/y
// Everything but quote, backslash and control characters; a raw tab has one meaning only.
const plain = /[^"\\\p{Cc}]+|[\t\u007f-\u009f]/uy
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const hex = /[0-9a-fA-F]{4}/y
const simple: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Whether a line of comments closes a string that it does not open: then it was no comment, but that string. */
const hasOpenQuote = (comments: string): boolean =>
  comments
    .split('\n')
    .some((line) => line.includes('//') && (line.replace(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 1)

/**
 * Reads one JSON value. Comments, trailing commas and raw tabs have one meaning and are read; what could mean two
 * things (a wrong escape, a raw newline in a string, a key twice) is broken. Time is linear.
 */
class Reader {
  at: number
  readonly places = new Map<object, number>()
  private readonly text: string

  constructor(text: string, at: number) {
    this.text = text
    this.at = at
  }

  value(depth: number): unknown {
    this.skip()
    const from = this.at
    const first = this.text[from]
    if (first === undefined) return this.truncated('a value')
    if (depth > MAX_DEPTH) return this.broken(`is nested more than ${MAX_DEPTH} deep`, 'write a flatter object')
    if (first === '{') return this.placed(this.object(depth), from)
    if (first === '[') return this.placed(this.array(depth), from)
    if (first === '"') return this.string()
    for (const [word, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.text.startsWith(word, from)) {
        this.at += word.length
        return meaning
      }
      if (word.startsWith(this.text.slice(from, from + word.length))) return this.truncated('a word')
    }
    const digits = this.match(number)
    if (digits !== undefined) return Number(digits)
    return this.broken(`has ${JSON.stringify(first)} where a value belongs`, 'write JSON with double quotes')
  }

  private placed<T extends object>(value: T, from: number): T {
    this.places.set(value, from)
    return value
  }

  private object(depth: number): Record<string, unknown> {
    const found: Record<string, unknown> = {}
    this.at++
    for (;;) {
      this.skip()
      if (this.take('}')) return found
      if (this.at >= this.text.length) return this.truncated('an object')
      if (this.text[this.at] !== '"')
        return this.broken('has a key without double quotes', 'put double quotes around it')
      const from = this.at
      const key = this.string()
      if (key === '__proto__' || Object.hasOwn(found, key)) {
        this.at = from
        return this.broken(
          `has the key ${JSON.stringify(key)} ${key === '__proto__' ? '' : 'twice'}`.trim(),
          'write each key once',
        )
      }
      this.skip()
      if (!this.take(':')) this.missing('":" after a key', 'an object')
      found[key] = this.value(depth + 1)
      this.skip()
      if (!this.take(',') && this.text[this.at] !== '}') this.missing('"," or "}"', 'an object')
    }
  }

  private array(depth: number): unknown[] {
    const found: unknown[] = []
    this.at++
    for (;;) {
      this.skip()
      if (this.take(']')) return found
      if (this.at >= this.text.length) return this.truncated('an array')
      found.push(this.value(depth + 1))
      this.skip()
      if (!this.take(',') && this.text[this.at] !== ']') this.missing('"," or "]"', 'an array')
    }
  }

  private string(): string {
    const parts: string[] = []
    this.at++
    for (;;) {
      const run = this.match(plain)
      if (run !== undefined) {
        parts.push(run)
        continue
      }
      const next = this.text[this.at]
      if (next === undefined) return this.truncated('a string')
      if (next === '"') {
        this.at++
        return parts.join('')
      }
      if (next === '\\') parts.push(this.escape())
      else if (next === '\n' || next === '\r')
        return this.broken('has a raw newline in a string', 'write newlines as \\n')
      else return this.broken('has a raw control character in a string', 'write it as \\u and four hex digits')
    }
  }

  private escape(): string {
    const letter = this.text[this.at + 1]
    if (letter === undefined) return this.truncated('a string')
    const meaning = Object.hasOwn(simple, letter) ? simple[letter] : undefined
    if (meaning !== undefined) {
      this.at += 2
      return meaning
    }
    if (letter !== 'u') {
      const fix = `write ${JSON.stringify(letter)} alone, or \\\\ for a backslash that belongs to the text`
      return this.broken(`has the escape \\${letter}, which JSON does not know`, fix)
    }
    const from = this.at
    this.at += 2
    const digits = this.match(hex)
    if (digits !== undefined) return String.fromCharCode(parseInt(digits, 16))
    if (this.text.length - this.at < 4) return this.truncated('a string')
    this.at = from
    return this.broken('has \\u without four hex digits', 'write four hex digits after \\u')
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found === '' ? undefined : found
  }

  private skip(): void {
    const from = this.at
    const skipped = this.match(blanks)
    if (skipped === undefined || !hasOpenQuote(skipped)) return
    this.at = from
    this.broken('has a comment with half a string in it', 'write "" only around text, and leave comments out')
  }

  private take(letter: string): boolean {
    if (this.text[this.at] !== letter) return false
    this.at++
    return true
  }

  private missing(what: string, open: string): never {
    if (this.at >= this.text.length) return this.truncated(open)
    return this.broken(`lacks ${what}`, 'a quote inside a string is written \\"; check the line for one')
  }

  private truncated(open: string): never {
    throw new Broken({
      at: this.text.length,
      truncated: true,
      message: `the JSON stops inside ${open}`,
      fix: 'send the whole object again, shorter if it was too long',
    })
  }

  private broken(message: string, fix: string): never {
    throw new Broken({ at: this.at, truncated: false, message: `the JSON ${message}`, fix })
  }
}

export interface JsonValue {
  readonly value: unknown
  /** The character after the value. */
  readonly end: number
  /** Where each object and array of the value begins. */
  readonly places: ReadonlyMap<object, number>
}

/** The JSON value that begins at a character of a text. */
export const readJson = (text: string, at: number): JsonValue | JsonFault => {
  const reader = new Reader(text, at)
  try {
    const value = reader.value(0)
    return { value, end: reader.at, places: reader.places }
  } catch (error) {
    if (error instanceof Broken) return error.fault
    throw error
  }
}
