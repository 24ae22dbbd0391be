import { describe, expect, it } from '@jest/globals'
import { clientAddress } from './client-address.ts'

describe('the address of a client', () => {
  it('is the peer’s, whatever it claims', () => {
    expect(clientAddress([])('203.0.113.7', '198.51.100.1')).toBe('203.0.113.7')
    expect(clientAddress(['10.0.0.0/8'])('203.0.113.7', '198.51.100.1')).toBe('203.0.113.7')
  })

  it('is what a trusted proxy saw, not what the client told the proxy', () => {
    expect(clientAddress(['10.0.0.0/8'])('10.1.2.3', '1.1.1.1, 198.51.100.1')).toBe('198.51.100.1')
  })

  it('is found behind several trusted proxies', () => {
    const of = clientAddress(['10.0.0.0/8', '2001:db8::/32'])
    expect(of('::ffff:10.1.2.3', '1.1.1.1, 198.51.100.1, 2001:db8::5, 10.9.9.9')).toBe('198.51.100.1')
  })

  it.each(['', 'unknown', '10.0.0.9', '<script>'])('is the proxy’s when the proxy says %j', (claim) => {
    expect(clientAddress(['10.0.0.0/8'])('10.1.2.3', claim)).toBe('10.1.2.3')
  })

  it('is empty when the connection has gone', () => {
    expect(clientAddress([])(undefined, undefined)).toBe('')
  })
})
