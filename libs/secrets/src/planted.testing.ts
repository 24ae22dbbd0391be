/**
 * Secrets as people leave them in repositories, made up for these tests. They are put together from parts, so that no
 * scanner takes this file itself for a leak.
 */
const join = (...parts: readonly string[]): string => parts.join('')
const random = 'q7Zt2mX9vLw4Rb8Kc1Yd6Hf3Jg5Ns0PaTuEoViQx'
const hex = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c'
const base64 = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj'
const pem = (label: string, lines: readonly string[], end = '\n'): string =>
  [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join(end)
const jwt = join('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0NTY3ODkwIn0', '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U')

export interface Planted {
  readonly name: string
  readonly text: string
  /** What must not be left anywhere in the hidden text. */
  readonly secret: string
}

const plant = (name: string, secret: string, text: (secret: string) => string): Planted => ({
  name,
  secret,
  text: text(secret),
})
const inConst = (secret: string): string => `const value = '${secret}'\n`

export const planted: readonly Planted[] = [
  plant('RSA key', base64, (s) => pem('RSA PRIVATE KEY', [s, s, 'x9==']) + '\n'),
  plant('PKCS #8 key in a template', base64, (s) => `const k = \`${pem('PRIVATE KEY', [s, s])}\`\n`),
  plant('EC key with CRLF', base64, (s) => pem('EC PRIVATE KEY', [s], '\r\n')),
  plant('OpenSSH key', base64, (s) => pem('OPENSSH PRIVATE KEY', [s, s, s])),
  plant('PGP key', base64, (s) => pem('PGP PRIVATE KEY BLOCK', ['', s, '=abcd'])),
  plant('key in one line of JSON', base64, (s) => `{"private_key": "${pem('PRIVATE KEY', [s, s], '\\n')}\\n"}`),
  plant(
    'key as a sum of strings',
    base64,
    (s) => `x = "-----BEGIN PRIVATE KEY-----\\n" +\n  "${s}\\n" +\n  "-----END PRIVATE KEY-----"`,
  ),
  plant('key that is cut off', base64, (s) => `-----BEGIN RSA PRIVATE KEY-----\n${s}\n${s}\n`),
  plant('PuTTY key', base64, (s) => `Private-Lines: 2\n${s}\n${s}\nPrivate-MAC: 0\n`),
  plant('PostgreSQL URL', 's3cr3tPw', (s) => `DATABASE_URL=postgres://app:${s}@db.example.org:5432/app\n`),
  plant('MongoDB URL', 'Tr0ub4dor', (s) => `mongoose.connect('mongodb+srv://root:${s}@cluster0.ab1cd.mongodb.net/x')`),
  plant('Redis URL without a user', 'r3d1spassw0rd', (s) => `redis://:${s}@127.0.0.1:6379/0`),
  plant('AMQP URL', 'guestguest', (s) => `url: amqp://guest:${s}@mq:5672`),
  plant('URL of an own scheme', 'weirdpw', (s) => `my+proto.v2://me:${s}@[::1]:99/`),
  plant('password with an at sign', 'p@ss:w0rd', (s) => `mysql://root:${s}@localhost/x`),
  plant('npm registry login', 'hunter2hunter', (s) => `registry=https://bob:${s}@npm.example.org/`),
  plant('bearer header', random, (s) => `headers: { Authorization: 'Bearer ${s}' }`),
  plant(
    'curl with a bearer',
    random.slice(3, 30),
    (s) => `curl -H "Authorization: Bearer ${s}" https://api.example.org`,
  ),
  plant('basic header', 'dXNlcjpwYXNzd29yZDEyMw==', (s) => `Authorization: Basic ${s}`),
  plant('JWT', jwt, inConst),
  plant('JWT after an escape', jwt, (s) => `const log = "first\\n${s}\\nlast"`),
  plant('AWS key id', join('AKIA', 'IOSFODNN7EXAMPLQ'), inConst),
  plant('AWS session key id after an escape', join('ASIA', 'IOSFODNN7ABCDEFG'), (s) => `"a\\n${s}\\tb"`),
  plant('AWS secret', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzq4hGk2LmN', (s) => `aws_secret_access_key = ${s}\n`),
  plant('AWS secret in code', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzq4hGk2LmN', (s) => `{ secretAccessKey: "${s}" }`),
  plant('Google API key', join('AIza', random.slice(0, 35)), inConst),
  plant('Google OAuth secret', join('GOCSPX-', random.slice(0, 28)), inConst),
  plant(
    'Azure storage',
    `${random}${random}abcdef==`,
    (s) => `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${s};EndpointSuffix=core.windows.net`,
  ),
  plant('Azure client secret', join('abc8Q~', random.slice(0, 34)), inConst),
  plant(
    'Azure SAS',
    'k7Qm%2BxZt9vLw4Rb8Kc1Yd6Hf3Jg5Ns0Pa%3D',
    (s) => `https://x.blob.core.windows.net/c?sv=2022-11-02&sig=${s}`,
  ),
  plant('SQL Server', 'Sup3rS3cret!', (s) => `"Server=tcp:x,1433;User ID=sa;Password=${s};Encrypt=True"`),
  plant('GitHub token', join('ghp_', random.slice(0, 36)), inConst),
  plant('fine-grained GitHub token', join('github_pat_', random, '_', random), inConst),
  plant(
    'GitHub token in a URL',
    join('ghs_', random.slice(0, 36)),
    (s) => `git clone https://x-access-token:${s}@github.com/a/b`,
  ),
  plant('GitLab token', join('glpat-', random.slice(0, 20)), inConst),
  plant('npm token', join('npm_', random.slice(0, 36)), (s) => `//registry.npmjs.org/:_authToken=${s}\n`),
  plant('old npm token', '3b5f8a2c-9d1e-4f6a-8b7c-0e1d2f3a4b5c', (s) => `//npm.example.org/:_authToken=${s}\n`),
  plant('Slack token', join('xoxb-', '123456789012-1234567890123-', random.slice(0, 24)), inConst),
  plant('Slack hook', join('https://hooks.slack.com/services/', 'T0AB12CD3/B0EF45GH6/', random.slice(0, 24)), inConst),
  plant('Stripe key', join('sk_', 'live_', random.slice(0, 24)), inConst),
  plant('Stripe hook secret', join('whsec_', random.slice(0, 32)), inConst),
  plant('OpenAI key', join('sk-', random, random.slice(0, 8)), inConst),
  plant('OpenAI project key', join('sk-proj-', random, '-', random), inConst),
  plant('Anthropic key', join('sk-ant-', 'api03-', random, '_', random, 'AA'), inConst),
  plant('SendGrid key', join('SG.', random.slice(0, 22), '.', random, 'abc'), inConst),
  plant('Twilio key', join('SK', hex.slice(0, 32)), inConst),
  plant('Hugging Face token', join('hf_', random.slice(0, 34)), inConst),
  plant('Telegram bot', join('1234567890:', 'AA', random.slice(0, 33)), inConst),
  plant('PyPI token', join('pypi-', 'AgEI', random, random), inConst),
  plant('Docker login', 'Ym9iOmh1bnRlcjJodW50ZXI=', (s) => `{"auths": {"x": {"auth": "${s}"}}}`),
  plant('password in code', 'hunter2', (s) => `const password = "${s}"`),
  plant('password with symbols', 'c0rrect-h0rse!', (s) => `db.password: '${s}',`),
  plant('password in Python', 'S3cure#Pass', (s) => `    PASSWORD: str = '${s}'`),
  plant('password in Java', 'Wint3r!2024x', (s) => `private static final String DB_PASSWORD = "${s}";`),
  plant('password compared', 'l3tm31n!', (s) => `if (user.password === "${s}") return true`),
  plant('password set by a call', 'l3tm31n?x', (s) => `config.set('db.password', '${s}')`),
  plant(
    'fallback of an environment variable',
    'f4llb4ck-Key-99XyZ',
    (s) => `const secret = process.env.SECRET || '${s}'`,
  ),
  plant('password in .env', 'n0tS3cret', (s) => `A=1\nDB_PASSWORD=${s}\nB=2\n`),
  plant('exported in a shell', hex.slice(0, 32), (s) => `export API_KEY=${s}\n`),
  plant('API key in JSON', hex.slice(0, 40), (s) => `{"apiKey": "${s}"}`),
  plant('API key in JSON in code', hex.slice(0, 40), (s) => `"{\\"api_key\\": \\"${s}\\"}"`),
  plant('key in YAML', random.slice(0, 24), (s) => `auth:\n  client_secret: ${s}\n`),
  plant('signing secret', `${random.slice(5, 37)}`, (s) => `jwt.sign(payload, JWT_SECRET = '${s}')`),
  plant('header of an API', hex.slice(8, 40), (s) => `'X-Api-Key': '${s}',`),
  plant('key in a query', hex.slice(4, 36), (s) => `fetch("https://api.example.org/v1?q=1&api_key=${s}")`),
  plant('option of a command', 'p4ssw0rd!x', (s) => `mysqldump -u root --password=${s} app > dump.sql`),
  plant('curl user', 'v3rysecret', (s) => `curl -u admin:${s} https://x.example.org`),
  plant('netrc', 'm4chinepw1', (s) => `machine example.org login bob password ${s}\n`),
  plant('Dockerfile', 'gQ4vX8mK2pL7wR5t', (s) => `FROM x\nENV NPM_TOKEN=${s}\n`),
  plant(
    'under a comment that would switch a scanner off',
    join('ghp_', random.slice(0, 36)),
    (s) => `/* secretlint-disable */\n${inConst(s)}`,
  ),
]

/** Lines of ordinary code and configuration that look a little like secrets. */
export const innocent: readonly string[] = [
  'password: string',
  'token = next()',
  "const key = 'name'",
  'const token = lexer.nextToken()',
  'export type Token = { kind: TokenKind; text: string }',
  "if (token.kind === 'identifier') return parseIdentifier(token)",
  'const apiKey = process.env.API_KEY',
  'const apiKey = process.env["API_KEY"] ?? ""',
  'password = os.environ["DB_PASSWORD"]',
  'DB_PASSWORD=${DB_PASSWORD}',
  'DB_PASSWORD=<your password>',
  'API_KEY=your-api-key-here',
  'token: ${{ secrets.GITHUB_TOKEN }}',
  "type: 'password',",
  '<input type="password" name="password" autocomplete="current-password" />',
  "passwordField: 'user-password-field',",
  "password: 'Please enter your password'",
  "errors.password = 'password_too_short'",
  "secretName: 'my-database-credentials'",
  "const tokenUrl = 'https://auth.example.org/oauth2/token'",
  "const url = 'https://example.org/users:list@v2'",
  'const url = `postgres://${user}:${password}@${host}/app`',
  "const url = 'http://localhost:3000/path?x=1'",
  'git@github.com:owner/repository.git',
  'https://www.npmjs.com/package/@scope/name',
  'const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
  '"integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="',
  "id: '3b5f8a2c-9d1e-4f6a-8b7c-0e1d2f3a4b5c'",
  'commit 04405b0df9d923d8be8b3cc6e481ce3e39268ba4',
  "const accessToken = 'access_token'",
  "headers.set('authorization', `Bearer ${token}`)",
  "const scheme = 'Bearer '",
  'Authorization: Bearer <token>',
  'Basic authentication is described in RFC 7617.',
  'The token bucket algorithm limits the rate.',
  "const secretKey = getSecretKey('primary')",
  'const signature = sign(payload, privateKey)',
  'import { createPrivateKey } from "node:crypto"',
  '-----BEGIN CERTIFICATE-----',
  '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n-----END PUBLIC KEY-----',
  "expect(() => parse('password=')).toThrow()",
  'const skipTests = argv["--sk-skip"]',
  "const task = 'sk-learn-based-classification-model'",
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'const maxTokens = 4096, tokenCount = countTokens(text)',
  'password = self.fields.password2',
  'this.password = hashPassword(password, salt)',
  "import secret from './secret-store-v2.ts'",
  'const cacheKey = `user:${id}:v2`',
  "translate('login.password.label.v2')",
  'SECRET_KEY_PATH=/run/secrets/app-key-2024.pem',
  'const eyJ = "eyJ is how base64 of a JSON object begins"',
  'token: Token[] = []',
  "primaryKey: 'customer_id_2'",
]
