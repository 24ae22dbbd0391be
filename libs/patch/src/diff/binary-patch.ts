import { deflateSync } from 'node:zlib'

const BYTES_PER_LINE = 52
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~'

/** Git's base 85: four bytes, padded with zeros, give five digits, the most significant first. */
const base85 = (bytes: Buffer): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4) {
    let value = 0
    for (let n = 0; n < 4; n++) value = value * 256 + (bytes[at + n] ?? 0)
    let digits = ''
    for (let n = 0; n < 5; n++) {
      digits = alphabet[value % 85]! + digits
      value = Math.floor(value / 85)
    }
    text += digits
  }
  return text
}

const lengthLetter = (length: number): string => String.fromCharCode(length <= 26 ? 64 + length : 96 + length - 26)

const literal = (content: Buffer): string => {
  const packed = deflateSync(content)
  let text = `literal ${content.length}\n`
  for (let at = 0; at < packed.length; at += BYTES_PER_LINE) {
    const line = packed.subarray(at, at + BYTES_PER_LINE)
    text += `${lengthLetter(line.length)}${base85(line)}\n`
  }
  return `${text}\n`
}

/** The body of git's patch for bytes that are not text: the whole of the new file, then of the old one. */
export const binaryPatch = (before: Buffer, after: Buffer): string =>
  `GIT binary patch\n${literal(after)}${literal(before)}`
