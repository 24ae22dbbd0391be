import { describe, expect, it } from '@jest/globals'
import { ABSENT, AUDIT_ARCH, FORBIDDEN, INSPECTED, numberOf, type Architecture } from './seccomp-tables.ts'
import { seccompInstructions, seccompProgram } from './seccomp.ts'

const ALLOWED = 0x7fff0000
const KILLED = 0x80000000
const errno = (code: number) => 0x00050000 | code

/** Runs the program as the kernel would, on the bytes that bubblewrap reads. */
const evaluate = (
  architecture: Architecture,
  number: number,
  args: number[] = [],
  audit = AUDIT_ARCH[architecture],
) => {
  const program = seccompProgram(architecture)
  const data = Buffer.alloc(64)
  data.writeUInt32LE(number >>> 0, 0)
  data.writeUInt32LE(audit, 4)
  args.forEach((arg, index) => data.writeUInt32LE(arg >>> 0, 16 + 8 * index))
  let loaded = 0
  for (let at = 0; at < program.length; at += 8) {
    const value = program.readUInt32LE(at + 4)
    const jump = (taken: boolean) => (at += 8 * program.readUInt8(at + (taken ? 2 : 3)))
    switch (program.readUInt16LE(at)) {
      case 0x20:
        loaded = data.readUInt32LE(value)
        break
      case 0x15:
        jump(loaded === value)
        break
      case 0x35:
        jump(loaded >= value)
        break
      case 0x45:
        jump((loaded & value) !== 0)
        break
      case 0x06:
        return value
      default:
        throw new Error('unknown instruction')
    }
  }
  throw new Error('the program ran off its end')
}

describe.each(['x64', 'arm64'] as const)('the seccomp filter on %s', (architecture) => {
  const on = (numbers: readonly [number | null, number | null]) => numberOf(numbers, architecture)!

  it('refuses every forbidden call and hides every absent one', () => {
    for (const numbers of Object.values(FORBIDDEN)) {
      if (on(numbers) !== null) expect(evaluate(architecture, on(numbers))).toBe(errno(1))
    }
    for (const numbers of Object.values(ABSENT)) expect(evaluate(architecture, on(numbers))).toBe(errno(38))
  })

  it('lets ordinary calls through', () => {
    const named = [...Object.values(FORBIDDEN), ...Object.values(ABSENT), ...Object.values(INSPECTED)].map(on)
    for (let number = 0; number < 500; number++) {
      if (!named.includes(number)) expect(evaluate(architecture, number)).toBe(ALLOWED)
    }
  })

  it('lets threads and processes start, but no namespaces', () => {
    expect(evaluate(architecture, on(INSPECTED.clone), [0x3d0f00])).toBe(ALLOWED)
    for (const flag of [17, 25, 26, 27, 28, 29, 30]) {
      expect(evaluate(architecture, on(INSPECTED.clone), [2 ** flag + 17])).toBe(errno(1))
    }
  })

  it('knows local and Internet sockets and the route list only', () => {
    const socket = (family: number, protocol = 0) => evaluate(architecture, on(INSPECTED.socket), [family, 1, protocol])
    expect([1, 2, 10, 16].map((family) => socket(family))).toEqual([ALLOWED, ALLOWED, ALLOWED, ALLOWED])
    expect([socket(16, 12), socket(17), socket(38), socket(40)]).toEqual(Array(4).fill(errno(97)))
  })

  it('lets nobody type into a terminal', () => {
    const ioctl = (request: number) => evaluate(architecture, on(INSPECTED.ioctl), [0, request])
    expect([ioctl(0x5412), ioctl(0x541c), ioctl(0x5413)]).toEqual([errno(1), errno(1), ALLOWED])
  })

  it('kills a call of another architecture', () => {
    expect(evaluate(architecture, 1, [], 0x40000003)).toBe(KILLED)
  })

  it('jumps within its 8 bits', () => {
    for (const { jumpTrue, jumpFalse } of seccompInstructions(architecture)) {
      expect(Math.max(jumpTrue, jumpFalse)).toBeLessThan(256)
    }
  })
})

describe('the seccomp filter on x64', () => {
  it('hides the x32 calls, whose numbers would get around it', () => {
    expect(evaluate('x64', 0x40000000 + 101)).toBe(errno(38))
  })
})
