import { refuse } from './refusal.ts'

/** Eight million characters: more than sixty times what the largest output cap lets a route say. */
export const MAX_REPLY = 8 * 1024 * 1024
/** More operations than a reply of 30,000 tokens can hold. */
export const MAX_OPERATIONS = 2_000

/** The text of a reply with LF only and without byte order mark. */
export const replyText = (reply: string): string => {
  if (reply.length > MAX_REPLY) {
    const message = `the reply has ${reply.length} characters, more than ${MAX_REPLY}`
    refuse({ fault: 'too_large', message, fix: 'answer with the changed places only' })
  }
  if (!reply.isWellFormed()) {
    const at = reply.search(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/)
    const line = reply.slice(0, at).split('\n').length
    refuse({
      fault: 'not_text',
      line,
      message: 'the reply holds half of a character (a lone surrogate)',
      fix: 'send valid Unicode',
    })
  }
  return (reply.startsWith('\uFEFF') ? reply.slice(1) : reply).replaceAll('\r\n', '\n')
}

/** A control character that belongs in no line of text. */
export const controlIn = (text: string): string | undefined => {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const found = /[\u0000-\u0008\u000b\u000c\r\u000e-\u001f\u007f]/.exec(text)?.[0]
  return found === undefined ? undefined : `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
