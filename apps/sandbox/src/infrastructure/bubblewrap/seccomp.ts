import { ABSENT, AUDIT_ARCH, FORBIDDEN, INSPECTED, numberOf, type Architecture } from './seccomp-tables.ts'

// Classic BPF as the kernel's seccomp filter reads it (linux/filter.h, linux/seccomp.h).
const LOAD_WORD = 0x20 // BPF_LD | BPF_W | BPF_ABS
const JUMP_EQUAL = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_AT_LEAST = 0x35 // BPF_JMP | BPF_JGE | BPF_K
const JUMP_ANY_BIT = 0x45 // BPF_JMP | BPF_JSET | BPF_K
const RETURN = 0x06 // BPF_RET | BPF_K

const OFFSET_NUMBER = 0
const OFFSET_ARCHITECTURE = 4
/** Low half of an argument; both architectures are little endian. */
const offsetOfArgument = (index: number): number => 16 + 8 * index

const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const errno = (code: number): number => 0x00050000 | code
const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97

const X32_BIT = 0x40000000
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NAMESPACE_FLAGS = 0x7e020000
const TIOCSTI = 0x5412
const TIOCLINUX = 0x541c
const AF_UNIX = 1
const AF_INET = 2
const AF_INET6 = 10
const AF_NETLINK = 16

export interface Instruction {
  readonly code: number
  readonly jumpTrue: number
  readonly jumpFalse: number
  readonly value: number
}

const step = (code: number, value: number, jumpTrue = 0, jumpFalse = 0): Instruction => ({
  code,
  value: value >>> 0,
  jumpTrue,
  jumpFalse,
})

/** When the loaded word equals `value`, end with `verdict`; otherwise fall through. */
const endWhenEqual = (value: number, verdict: number): Instruction[] => [
  step(JUMP_EQUAL, value, 0, 1),
  step(RETURN, verdict),
]

/** Runs `body` (which ends in a verdict on every path) for one call, and skips it for the others. */
const onCall = (number: number, body: Instruction[]): Instruction[] => [
  step(JUMP_EQUAL, number, 0, body.length),
  ...body,
]

const inspectClone = [
  step(LOAD_WORD, offsetOfArgument(0)),
  step(JUMP_ANY_BIT, NAMESPACE_FLAGS, 0, 1),
  step(RETURN, errno(EPERM)),
  step(RETURN, ALLOW),
]

const inspectIoctl = [
  step(LOAD_WORD, offsetOfArgument(1)),
  ...endWhenEqual(TIOCSTI, errno(EPERM)),
  ...endWhenEqual(TIOCLINUX, errno(EPERM)),
  step(RETURN, ALLOW),
]

// Namespaces do not reach every family (vsock leads to the hypervisor), so only the ordinary ones exist.
const inspectSocket = [
  step(LOAD_WORD, offsetOfArgument(0)),
  ...endWhenEqual(AF_UNIX, ALLOW),
  ...endWhenEqual(AF_INET, ALLOW),
  ...endWhenEqual(AF_INET6, ALLOW),
  step(JUMP_EQUAL, AF_NETLINK, 0, 3),
  step(LOAD_WORD, offsetOfArgument(2)),
  ...endWhenEqual(0, ALLOW), // NETLINK_ROUTE lists interfaces; the other protocols are the kernel's soft belly
  step(RETURN, errno(EAFNOSUPPORT)),
]

/** The filter as instructions: a deny list, for npm packages use far more calls than anyone can list. */
export const seccompInstructions = (architecture: Architecture): Instruction[] => {
  const calls = (table: Readonly<Record<string, readonly [number | null, number | null]>>, verdict: number) =>
    Object.values(table)
      .map((numbers) => numberOf(numbers, architecture))
      .filter((number) => number !== null)
      .flatMap((number) => endWhenEqual(number, verdict))
  return [
    step(LOAD_WORD, OFFSET_ARCHITECTURE),
    step(JUMP_EQUAL, AUDIT_ARCH[architecture], 1, 0),
    step(RETURN, KILL_PROCESS), // 32-bit calls would be numbered differently
    step(LOAD_WORD, OFFSET_NUMBER),
    ...(architecture === 'x64' ? [step(JUMP_AT_LEAST, X32_BIT, 0, 1), step(RETURN, errno(ENOSYS))] : []),
    ...calls(FORBIDDEN, errno(EPERM)),
    ...calls(ABSENT, errno(ENOSYS)),
    ...onCall(numberOf(INSPECTED.clone, architecture)!, inspectClone),
    ...onCall(numberOf(INSPECTED.ioctl, architecture)!, inspectIoctl),
    ...onCall(numberOf(INSPECTED.socket, architecture)!, inspectSocket),
    step(RETURN, ALLOW),
  ]
}

/** The bytes that `bwrap --seccomp` reads: an array of `struct sock_filter`. */
export const seccompProgram = (architecture: Architecture): Buffer => {
  const instructions = seccompInstructions(architecture)
  const bytes = Buffer.alloc(instructions.length * 8)
  instructions.forEach((instruction, index) => {
    bytes.writeUInt16LE(instruction.code, index * 8)
    bytes.writeUInt8(instruction.jumpTrue, index * 8 + 2)
    bytes.writeUInt8(instruction.jumpFalse, index * 8 + 3)
    bytes.writeUInt32LE(instruction.value, index * 8 + 4)
  })
  return bytes
}
