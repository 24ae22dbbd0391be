/** Where the egress proxy listens inside of the namespace of an installation. */
export const FORWARDER_PORT = 8080
export const EGRESS_SOCKET = '/run/iama/egress/s'

/**
 * Runs inside of the namespace, as `node -e`: a program that knows only TCP proxies reaches the host's one, which
 * listens on a Unix socket. A text, because it must run where none of our files are.
 */
export const FORWARDER = `
const net = require('node:net')
const { spawn } = require('node:child_process')
const server = net.createServer((inner) => {
  const outer = net.connect(${JSON.stringify(EGRESS_SOCKET)})
  const end = () => { inner.destroy(); outer.destroy() }
  inner.on('error', end); outer.on('error', end); inner.on('close', end); outer.on('close', end)
  inner.pipe(outer).pipe(inner)
})
server.listen(${FORWARDER_PORT}, '127.0.0.1', () => {
  const [program, ...args] = process.argv.slice(1)
  spawn(program, args, { stdio: 'inherit' })
    .on('error', (error) => { console.error(error.message); process.exit(127) })
    .on('exit', (code, signal) => process.exit(signal ? 1 : code))
})
`
