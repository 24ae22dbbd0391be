import type { Finding, Rule } from '../finding.ts'
import { looksLikeKey, looksLikePassword } from './values.ts'

const passwordName = /(?:passwords?|passwd|passphrase|passcode|pwd|(?:^|[_.-])pass|(?:^|[_.-])pw)$/i
const keyName =
  /(?:secret|token|api[_.-]?key|access[_.-]?key|private[_.-]?key|secret[_.-]?key|auth[_.-]?key|signing[_.-]?key|(?:en|de)cryption[_.-]?key|validation[_.-]?key|session[_.-]?(?:id|key)?|sid|master[_.-]?key|account[_.-]?key|shared[_.-]?key|service[_.-]?key|license[_.-]?key|webhook[_.-]?key|jwt[_.-]?key|credentials?|_auth|bearer|salt|pepper|signature|sig|webhook[_.-]?url|dsn)$/i
/** What may follow without making it the name of something else: `API_KEY_PROD`, `password2`. */
const harmless = /(?:[_.-]?(?:v?\d{1,3}|old|new|prod|production|live|dev|test|staging|default|value|base64|b64|hex))+$/i

type Check = (value: string) => boolean

/** How the value of a name is judged; undefined when the name promises no secret. */
const checkFor = (name: string): Check | undefined => {
  const bare = name.replace(harmless, '')
  if (passwordName.test(bare)) return looksLikePassword
  return keyName.test(bare) ? looksLikeKey : undefined
}

/** A name, what may stand between it and its value, and the value in quotes (also escaped ones, as in JSON in code). */
const quoted =
  /(?<name>[A-Za-z_$][\w.$-]{1,80})(?:\\{0,3}["'`])?\]?\)?[!?]?(?:\s{0,8}:\s{0,8}&?\w{1,20}(?=\s{0,8}=))?\s{0,8}(?:=>|:=|={1,3}|!==?|:|,|(?<=\s))\s{0,8}(?:[bBrRuUfF@]|new \w{1,20}\(|Buffer\.from\(|process\.env(?:\.\w{1,60}|\[[^\]\n]{1,60}\])\s{0,4}(?:\?\?|\|\|)\s{0,4})?(?<quote>\\{0,3}["'`])(?<secret>(?:(?!\k<quote>)[^\r\n\\]|\\[^\r\n]){6,4096}?)\k<quote>/dg

/** A line of .env, YAML, INI or properties; values of code do not end a line like this. */
const line =
  /(?:^|["'`])[ \t]*(?:(?:export|set|ENV|ARG|-|\$env:)[ \t]*)?(?<name>(?:\/\/[\w./:-]{1,100}:)?[A-Za-z_][\w.-]{1,80})[ \t]*[=:][ \t]*(?<secret>[^\s'"`,;(){}[\]<>][^\s'"`,;(){}[\]<>]{4,4095})[ \t]*(?:#[^\n]*)?(?:\r?$|["'`])/dgm

const memberChain = /^[A-Za-z_$][\w$]*(?:(?:\?\.|\.|::|->)[A-Za-z_$][\w$]*)+[!]?$/

const byName = function* (text: string, regex: RegExp, accepts: Check): Iterable<Finding> {
  regex.lastIndex = 0
  for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
    const { name, secret } = match.groups!
    const check = checkFor(name!)
    if (check === undefined || !check(secret!) || !accepts(secret!)) {
      // What was read as a value may be the next name: `type: 'password', '…'`.
      regex.lastIndex = match.indices!.groups!['name']![1]
      continue
    }
    const [start, end] = match.indices!.groups!['secret']!
    yield { kind: check === looksLikePassword ? 'password' : 'generic-key', start, end }
  }
}

/** `password = "…"`, `'api-key': '…'`, `expect(token).toBe` is none, `if (secret === "…")`. */
export const quotedAssignments: Rule = (text) => byName(text, quoted, () => true)

/** `DB_PASSWORD=…`, `api_key: …`. */
export const plainAssignments: Rule = (text) => byName(text, line, (value) => !memberChain.test(value))

const option =
  /(?<![\w-])--?(?<name>password|passwd|pass|token|secret|api-?key|auth-?token|access-?token|client-?secret)(?:=|[ \t]{1,4})(?<quote>["']?)(?<secret>[^\s"'`$<>|;&-][^\s"'`<>|;&]{5,500})\k<quote>(?![^\s"'`|;&)\]])/dg

/** `--password …`, `--api-key=…`. */
export const commandOptions: Rule = (text) => byName(text, option, () => true)

const pair =
  /(?:[?&;"'`]|^|\s)(?<name>(?:[A-Za-z_-]{1,30})?(?:password|passwd|pwd|token|secret|api_?key|accountkey|sharedaccesskey|sharedsecret|session(?:_?id)?|sid|signature|sig))=(?<secret>[^\s;&"'`<>#,()]{6,4096})/dgi

/** Parts of connection strings and queries: `;Password=…;`, `&sig=…`, `AccountKey=…`. */
export const pairs: Rule = (text) => byName(text.replaceAll('%', 'x'), pair, (value) => !memberChain.test(value))

const namedValue =
  /\b(?:name|key)(?:\\{0,3}["'])?\s{0,4}[:=]\s{0,4}(?:\\{0,3}["'])?(?<name>[\w.-]{2,80})(?:\\{0,3}["'])?[\s,;]{1,40}(?:\\{0,3}["'])?value(?:\\{0,3}["'])?\s{0,4}[:=]\s{0,4}(?:\\{0,3}["'])?(?<secret>[^\s"'<>,;\\]{6,4096})/dgi

/** `- name: DB_PASSWORD` with `value: …`, `<add key="ApiKey" value="…"/>`, `{"name": "password", "value": "…"}`. */
export const namedValues: Rule = (text) => byName(text, namedValue, () => true)

const element = /<(?<name>[\w.:-]{2,80})>\s{0,40}(?<secret>[^\s<>]{6,4096})\s{0,40}<\/\k<name>>/dg

/** `<password>…</password>`. */
export const tagged: Rule = (text) => byName(text, element, () => true)
