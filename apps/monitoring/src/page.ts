/** How often the page asks for new figures, in milliseconds. */
const REFRESH_MS = 2_000
/** A consumer that is further behind is shown in red: the alert of docs rings at the same limit. */
const LATE_SECONDS = 60

const style = `
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --warn: #9a6700 }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #f85149; --warn: #d29922 } }
body { font: 14px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 0 auto; padding: 1.5rem }
header { display: flex; justify-content: space-between; align-items: baseline; flex-wrap: wrap; gap: 1rem }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .5rem }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; font-size: .8rem; opacity: .7 } .number { text-align: right }
.good { color: var(--good) } .bad { color: var(--bad); font-weight: 600 } .warn { color: var(--warn) }
.empty, time { opacity: .7 } [role=alert]:empty { display: none }
[role=alert] { border: 1px solid var(--bad); border-radius: 6px; padding: .6rem 1rem; margin-top: 1rem }
`

// Text goes in as text nodes alone: what a service or an event says is never taken for markup.
const script = `
const cell = (value, kind = '') => {
  const td = document.createElement('td')
  td.textContent = value
  td.className = kind
  return td
}
const number = (value) => cell(Number(value).toLocaleString('en'), 'number')
const fill = (id, rows, nothing) => {
  const body = document.getElementById(id)
  body.replaceChildren(...rows.map((cells) => {
    const tr = document.createElement('tr')
    tr.append(...cells)
    return tr
  }))
  if (rows.length > 0) return
  const td = cell(nothing, 'empty')
  td.colSpan = 9
  const tr = document.createElement('tr')
  tr.append(td)
  body.append(tr)
}
const time = (iso) => cell(iso ? new Date(iso).toLocaleTimeString() : '')
const bytes = (n) => cell(n < 1e3 ? n + ' B' : n < 1e6 ? (n / 1e3).toFixed(1) + ' kB' : (n / 1e6).toFixed(1) + ' MB', 'number')
const lag = (s) => cell(s === 0 ? '0 s' : s.toFixed(1) + ' s', 'number ' + (s > ${LATE_SECONDS} ? 'bad' : s > 5 ? 'warn' : 'good'))
const kinds = { ready: 'good', 'not-ready': 'warn', unreachable: 'bad' }
const show = ({ at, services, streams, consumers, deadLetters, problem }) => {
  const down = services.filter(({ status }) => status !== 'ready').length
  document.getElementById('at').textContent = new Date(at).toLocaleTimeString()
  document.getElementById('problem').textContent = problem
  document.title = (down + deadLetters.total > 0 || problem ? '\\u26a0 ' : '') + 'IAMA'
  fill('services', services.map((s) => [cell(s.service), cell(s.status, kinds[s.status]), cell(s.address),
    cell(s.milliseconds.toFixed(0) + ' ms', 'number'), cell(s.detail)]), 'no health targets are configured')
  fill('streams', streams.map((s) => [cell(s.name), number(s.messages), bytes(s.bytes), number(s.consumers), time(s.lastAt)]),
    'no streams')
  fill('consumers', consumers.map((c) => [cell(c.stream), cell(c.name), lag(c.lagSeconds), number(c.pending),
    number(c.unacknowledged), number(c.redelivered)]), 'no consumers')
  document.getElementById('total').textContent = deadLetters.total
  fill('letters', deadLetters.letters.map((d) => [number(d.sequence), cell(d.type), cell(d.consumer), time(d.at),
    cell(d.reason)]), 'none: every event was digested')
}
const refresh = async () => {
  try {
    const response = await fetch('/api/overview', { cache: 'no-store', signal: AbortSignal.timeout(8000) })
    if (!response.ok) throw new Error('status ' + response.status)
    show(await response.json())
  } catch (error) {
    document.getElementById('problem').textContent = 'The figures are old: ' + error.message
  }
  setTimeout(refresh, ${REFRESH_MS})
}
refresh()
`

const table = (id: string, columns: readonly string[]): string =>
  `<table><thead><tr>${columns
    .map((name) => (name.endsWith('#') ? `<th class="number">${name.slice(0, -1)}</th>` : `<th>${name}</th>`))
    .join('')}</tr></thead><tbody id="${id}"></tbody></table>`

/** The page: nothing is loaded from elsewhere, and its figures come from `/api/overview`. */
export const page = (nonce: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>IAMA</title><style nonce="${nonce}">${style}</style>
</head>
<body>
<header><h1>IAMA</h1><div>as of <time id="at">…</time></div></header>
<div role="alert" id="problem"></div>
<main>
<h2>Services</h2>${table('services', ['service', 'status', 'address', 'answer#', 'what is missing'])}
<h2>Streams</h2>${table('streams', ['stream', 'messages#', 'size#', 'consumers#', 'last event'])}
<h2>Consumers</h2>${table('consumers', ['stream', 'consumer', 'lag#', 'pending#', 'unacknowledged#', 'redelivered#'])}
<h2>Dead letters: <span id="total">0</span></h2>${table('letters', ['sequence#', 'event', 'consumer', 'at', 'reason'])}
</main>
<noscript>This page needs JavaScript; the same figures are at /api/overview.</noscript>
<script nonce="${nonce}">${script}</script>
</body>
</html>
`
