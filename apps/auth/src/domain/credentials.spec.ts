import { describe, expect, it } from '@jest/globals'
import { InvalidRequest } from '@iama/kernel'
import { parseRegistration, typedEmail } from './credentials.ts'

const good = 'correct horse battery'
const violations = (email: string, password: string): string[] => {
  try {
    parseRegistration(email, password)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequest)
    return (error as InvalidRequest).violations.map(({ field }) => field)
  }
}

describe('an address', () => {
  it('is compared without regard to case and surrounding space', () => {
    expect(parseRegistration(' Ada@Example.COM ', good).email).toBe('ada@example.com')
    expect(typedEmail(' Ada@Example.COM ')).toBe('ada@example.com')
  })

  it.each(['', 'ada', '@example.com', 'ada@', 'a da@example.com', 'ada@@example.com', `${'a'.repeat(250)}@b.de`])(
    'is not %j',
    (email) => expect(violations(email, good)).toEqual(['email']),
  )

  it('need not be well-formed to be tried', () => {
    expect(typedEmail('nobody')).toBe('nobody')
  })
})

describe('a password', () => {
  it.each([12, 72])('may have %d bytes', (bytes) =>
    expect(violations('ada@example.com', 'x'.repeat(bytes))).toEqual([]),
  )

  it.each([0, 11, 73])('may not have %d bytes', (bytes) =>
    expect(violations('ada@example.com', 'x'.repeat(bytes))).toEqual(['password']),
  )

  it('is counted in bytes, as bcrypt does, not in letters', () => {
    expect(violations('ada@example.com', 'ü'.repeat(36))).toEqual([])
    expect(violations('ada@example.com', 'ü'.repeat(37))).toEqual(['password'])
  })

  it('is told together with the address when both are wrong', () => {
    expect(violations('nobody', 'short')).toEqual(['email', 'password'])
  })
})
