import { BlockList, isIP } from 'node:net'

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** IPv4 as itself where the socket shows it as IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

/** Tells the address of a client from the connection and what proxies say. */
export type ClientAddress = (remoteAddress: string | undefined, forwardedFor: string | undefined) => string

/**
 * The address of the peer; behind a proxy that is configured as trusted, the nearest one that is not itself such a
 * proxy. What a client writes into `x-forwarded-for` is never believed.
 */
export const clientAddress = (trustedProxies: readonly string[]): ClientAddress => {
  const trusted = new BlockList()
  for (const entry of trustedProxies) {
    const [address = '', bits] = entry.split('/')
    if (bits === undefined) trusted.addAddress(address, family(address))
    else trusted.addSubnet(address, Number(bits), family(address))
  }
  const isTrusted = (address: string): boolean => isIP(address) !== 0 && trusted.check(address, family(address))
  return (remoteAddress, forwardedFor) => {
    const peer = plain(remoteAddress ?? '')
    if (!forwardedFor || !isTrusted(peer)) return peer
    const chain = forwardedFor.split(',').map((one) => plain(one.trim()))
    const nearest = chain.findLast((address) => !isTrusted(address))
    return nearest !== undefined && isIP(nearest) !== 0 ? nearest : peer
  }
}
