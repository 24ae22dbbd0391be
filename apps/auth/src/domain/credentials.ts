import { InvalidRequest, type FieldViolation } from '@iama/kernel'

declare const checked: unique symbol
/** An address as it is compared: trimmed and in lower case. */
export type Email = string & { readonly [checked]: 'Email' }
/** A password that may be hashed. */
export type Password = string & { readonly [checked]: 'Password' }

// bcrypt looks at 72 bytes and ignores the rest without a word.
const PASSWORD_BYTES = { least: 12, most: 72 }

const emailProblem = (text: string): FieldViolation | undefined =>
  /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= 254
    ? undefined
    : { field: 'email', reason: 'is not an e-mail address', fix: 'send one like name@example.com' }

const passwordProblem = (text: string): FieldViolation | undefined => {
  const { least, most } = PASSWORD_BYTES
  const bytes = new TextEncoder().encode(text).length
  if (bytes >= least && bytes <= most) return undefined
  return { field: 'password', reason: `has ${bytes} bytes`, fix: `choose one of ${least} to ${most} bytes` }
}

const normalised = (email: string): string => email.trim().toLowerCase()

/** @throws InvalidRequest */
export const parseRegistration = (email: string, password: string): { email: Email; password: Password } => {
  const problems = [emailProblem(normalised(email)), passwordProblem(password)].filter((found) => found !== undefined)
  if (problems.length > 0) throw new InvalidRequest(problems)
  return { email: normalised(email) as Email, password: password as Password }
}

/** What somebody typed to sign in: it need not be well-formed, only compared. */
export const typedEmail = (email: string): Email => normalised(email) as Email
