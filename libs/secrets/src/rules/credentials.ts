import { pattern, type Rule } from '../finding.ts'
import { looksLikeKey, looksLikePassword } from './values.ts'

const isTemplate = (value: string): boolean => /^\$|\$\{|\{\{|^<|^\{|^%[^%]*%$|^\*+$|^:/.test(value)
const secretOf = (match: RegExpExecArray): string => match.groups!['secret']!

/** Credentials whose surroundings say what they are. */
export const credentials: readonly Rule[] = [
  pattern('url-token', /(?<![A-Za-z0-9+.-])https?:\/\/(?<secret>[A-Za-z0-9_-]{20,300})@(?=[\w[])/, (match) =>
    looksLikeKey(secretOf(match)),
  ),
  pattern('url-password', /\bjdbc:oracle:\w{2,8}:[^\s/"'@:]{1,60}\/(?<secret>[^\s"'@]{3,100})@/),
  pattern(
    'url-password',
    /(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\/[^\s/:@"'`<>]{0,200}:(?<secret>[^\s/"'`<>]{1,300})@(?=[\w[$%{-])/,
    (match) => !isTemplate(secretOf(match)),
  ),
  pattern('bearer', /\b(?:bearer|token|negotiate)[ \t]+(?<secret>[A-Za-z0-9][\w.~+/=-]{11,4096})(?![\w(])/i, (match) =>
    looksLikeKey(secretOf(match)),
  ),
  pattern('basic', /\bbasic[ \t]+(?<secret>[A-Za-z0-9+/]{8,2000}={0,2})(?![A-Za-z0-9+/=(])/i, (match) =>
    /^[^:\s]*:[\x21-\x7e]+$/.test(Buffer.from(secretOf(match), 'base64').toString('latin1')),
  ),
  pattern(
    'curl-password',
    /\bcurl\b[^\n]{0,400}?[ \t](?:-u|--user)[ \t=]{0,3}["']?[^\s:"'$]{1,100}:(?<secret>[^\s"'$]{4,200})/,
  ),
  pattern(
    'netrc',
    /\blogin[ \t]+\S{1,100}\s{1,8}password[ \t]+(?<secret>\S{4,200})/,
    (match) => looksLikePassword(secretOf(match)) || looksLikeKey(secretOf(match)),
  ),
  pattern('docker', /"auth\\{0,3}"\s{0,8}:\s{0,8}\\{0,3}"(?<secret>[A-Za-z0-9+/]{8,2000}={0,2})\\{0,3}"/, (match) =>
    Buffer.from(secretOf(match), 'base64').toString('latin1').includes(':'),
  ),
]
