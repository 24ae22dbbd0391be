import { pattern, type Rule } from '../finding.ts'

/** Formats that say themselves what they are; the letters before and after must not belong to a longer word. */
const formats: readonly (readonly [kind: string, source: string])[] = [
  ['aws', '(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}'],
  ['github', 'gh[pousr]_[A-Za-z0-9]{20,255}'],
  ['github', 'github_pat_[A-Za-z0-9_]{22,255}'],
  ['gitlab', 'gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[A-Za-z0-9_.-]{18,300}'],
  ['npm', 'npm_[A-Za-z0-9]{36}'],
  ['pypi', 'pypi-AgEI[A-Za-z0-9_-]{50,1000}'],
  ['slack', 'xox[abceoprs]-[A-Za-z0-9-]{10,300}'],
  ['slack', 'xapp-\\d-[A-Za-z0-9-]{10,300}'],
  ['slack', 'https://hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9_/-]{20,200}'],
  ['discord', 'https://(?:canary\\.|ptb\\.)?discord(?:app)?\\.com/api/webhooks/\\d{5,30}/[A-Za-z0-9_-]{20,200}'],
  ['discord', '[MNO][A-Za-z\\d_-]{23,25}\\.[A-Za-z\\d_-]{6}\\.[A-Za-z\\d_-]{27,40}'],
  ['stripe', '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,255}'],
  ['stripe', 'whsec_[A-Za-z0-9+/=]{16,100}'],
  ['anthropic', 'sk-ant-[A-Za-z0-9_-]{16,300}'],
  ['openai', 'sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{16,300}'],
  ['openai', 'sk-(?:or-v1-)?(?=[A-Za-z-]{0,60}\\d)[A-Za-z0-9]{20,200}'],
  ['gcp', 'AIza[A-Za-z0-9_-]{35}'],
  ['gcp', 'GOCSPX-[A-Za-z0-9_-]{20,40}'],
  ['gcp', 'ya29\\.[A-Za-z0-9_-]{20,2000}'],
  ['azure', '[A-Za-z0-9_.~-]{3}[78]Q~[A-Za-z0-9_.~-]{31,40}'],
  ['sendgrid', 'SG\\.[A-Za-z0-9_-]{16,40}\\.[A-Za-z0-9_-]{20,80}'],
  ['twilio', 'SK[0-9a-f]{32}'],
  ['mailgun', 'key-[0-9a-f]{32}'],
  ['telegram', '\\d{8,10}:AA[A-Za-z0-9_-]{33}'],
  ['huggingface', 'hf_[A-Za-z0-9]{30,60}'],
  ['groq', 'gsk_[A-Za-z0-9]{40,60}'],
  ['docker', 'dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60}'],
  ['digitalocean', 'do[opr]_v1_[0-9a-f]{64}'],
  ['doppler', 'dp\\.(?:pt|st|ct|sa)\\.[A-Za-z0-9._-]{40,80}'],
  ['shopify', 'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}'],
  ['vault', 'hv[sbr]\\.[A-Za-z0-9_-]{24,300}'],
  ['linear', 'lin_(?:api|oauth)_[A-Za-z0-9]{32,64}'],
  ['notion', 'ntn_[A-Za-z0-9]{40,60}'],
  ['age', 'AGE-SECRET-KEY-1[A-Z0-9]{50,60}'],
  ['jwt', 'eyJ[A-Za-z0-9_-]{8,4000}\\.eyJ[A-Za-z0-9_-]{8,20000}\\.[A-Za-z0-9_-]{0,4000}'],
]

const free = (source: string): RegExp => new RegExp(`(?<![A-Za-z0-9_])(?:${source})(?![A-Za-z0-9])`)

export const knownFormats: readonly Rule[] = formats.map(([kind, source]) => pattern(kind, free(source)))
