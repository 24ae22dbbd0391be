import { DomainError } from '@iama/kernel'

/** A field of a JSON object, by its place in the bytes. */
export interface Field {
  readonly name: string
  /** Where its name begins. */
  readonly from: number
  readonly valueFrom: number
  /** Behind its value. */
  readonly to: number
}

/** The body is no JSON object. */
export class BodyNotJson extends DomainError {
  readonly code = 'BODY_NOT_JSON'
  override readonly kind = 'invalid'

  constructor(at: number) {
    super(`the body is not a JSON object: it cannot be read at byte ${at}`, { at: String(at) })
  }
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

const afterSpace = (body: Buffer, at: number): number => {
  while (isSpace(body[at])) at++
  return at
}

/** @param at of the opening quote */
const afterString = (body: Buffer, at: number): number => {
  for (let end = body.indexOf(QUOTE, at + 1); end >= 0; end = body.indexOf(QUOTE, end + 1)) {
    let before = end - 1
    while (body[before] === BACKSLASH) before--
    if ((end - before) % 2 === 1) return end + 1
  }
  throw new BodyNotJson(at)
}

/** Over an object or a list, whatever is in it. */
const afterNested = (body: Buffer, from: number): number => {
  let depth = 0
  for (let at = from; at < body.length; at++) {
    const byte = body[at]
    if (byte === QUOTE) at = afterString(body, at) - 1
    else if (byte === OPEN || byte === OPEN_LIST) depth++
    else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth === 0) return at + 1
  }
  throw new BodyNotJson(from)
}

const afterPlain = (body: Buffer, from: number): number => {
  let at = from
  while (at < body.length && body[at] !== COMMA && body[at] !== CLOSE && !isSpace(body[at])) at++
  if (at === from) throw new BodyNotJson(from)
  return at
}

const afterValue = (body: Buffer, at: number): number => {
  const byte = body[at]
  if (byte === QUOTE) return afterString(body, at)
  return byte === OPEN || byte === OPEN_LIST ? afterNested(body, at) : afterPlain(body, at)
}

/**
 * The fields of an object, without reading what is in them: a prompt of megabytes is passed over, not parsed. What
 * is wrong inside a value is found by whoever reads it.
 * @throws BodyNotJson
 */
export const topLevelFields = (body: Buffer): Field[] => {
  const fields: Field[] = []
  let at = afterSpace(body, 0)
  if (body[at] !== OPEN) throw new BodyNotJson(at)
  at = afterSpace(body, at + 1)
  while (body[at] !== CLOSE) {
    if (fields.length > 0) {
      if (body[at] !== COMMA) throw new BodyNotJson(at)
      at = afterSpace(body, at + 1)
    }
    if (body[at] !== QUOTE) throw new BodyNotJson(at)
    const end = afterString(body, at)
    const colon = afterSpace(body, end)
    if (body[colon] !== COLON) throw new BodyNotJson(colon)
    const valueFrom = afterSpace(body, colon + 1)
    const to = afterValue(body, valueFrom)
    fields.push({ name: jsonAt(body, at, end) as string, from: at, valueFrom, to })
    at = afterSpace(body, to)
  }
  if (afterSpace(body, at + 1) !== body.length) throw new BodyNotJson(at + 1)
  return fields
}

/** @throws BodyNotJson */
export const jsonAt = (body: Buffer, from: number, to: number): unknown => {
  try {
    return JSON.parse(body.toString('utf8', from, to))
  } catch {
    throw new BodyNotJson(from)
  }
}
