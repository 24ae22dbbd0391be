import { InvalidRequest, isUuid, type FieldViolation } from '@iama/kernel'
import type { JobOptions } from '@iama/contracts/iama/jobs/v1/job'
import { formatPatch, parsePatch, withoutClaims } from '@iama/patch'
import type { Order } from '../domain/work.ts'

/** Collects what is wrong with a request, so that the caller hears of everything at once. */
export class RequestCheck {
  readonly #violations: FieldViolation[] = []

  refuse(field: string, reason: string, fix: string): void {
    this.#violations.push({ field, reason, fix })
  }

  uuid(field: string, value: string): this {
    if (!isUuid(value)) this.refuse(field, 'is not a UUID', 'send the id as it was given to you')
    return this
  }

  filled(field: string, value: string, longest: number): this {
    if (value.trim() === '') this.refuse(field, 'is empty', 'send a text')
    else if (value.length > longest) this.refuse(field, `has more than ${longest} characters`, 'send a shorter text')
    return this
  }

  atMost(field: string, values: readonly unknown[], limit: number): this {
    if (values.length > limit) this.refuse(field, `has more than ${limit} entries`, 'send fewer')
    return this
  }

  /** @throws InvalidRequest when anything was refused */
  done(): void {
    if (this.#violations.length > 0) throw new InvalidRequest(this.#violations)
  }
}

const evidences: readonly string[] = ['', 'proven', 'verified']
const engines: readonly string[] = ['', 'model', 'codemod']
const targetPattern = /^node\d{1,3}$/

/** What is asked, as the domain knows it. @throws InvalidRequest */
export const toOrder = (options: JobOptions | undefined, check: RequestCheck): Order => {
  const { goal = '', target = '', include = [], recipes = [], skip = [], testCommand = '' } = options ?? {}
  check.filled('options.goal', goal, 200)
  if (target !== '' && !targetPattern.test(target)) {
    check.refuse('options.target', `${target} is not a target`, 'send node and a major version, for example node20')
  }
  check
    .atMost('options.include', include, 100)
    .atMost('options.recipes', recipes, 100)
    .atMost('options.skip', skip, 100)
  if (!engines.includes(options?.engine ?? '')) {
    check.refuse('options.engine', `${options?.engine} is unknown`, 'send model, codemod, or nothing')
  }
  if (!evidences.includes(options?.evidence ?? '')) {
    check.refuse('options.evidence', `${options?.evidence} is unknown`, 'send proven, verified, or nothing')
  }
  if ((options?.budgetMicros ?? 0n) < 0n) {
    check.refuse('options.budget_micros', 'is less than nothing', 'send the most that models may cost, or 0')
  }
  if (testCommand.length > 1_000) check.refuse('options.test_command', 'is too long', 'put it into a script')
  return {
    goal,
    include,
    target: target || null,
    recipes,
    skip,
    testCommand: testCommand || null,
    evidence: options?.evidence === 'verified' ? 'VERIFIED' : 'PROVEN',
  }
}

/** Characters of a patch: a message of gRPC has room for it. */
const MOST_PATCH = 2_000_000

/**
 * A patch from elsewhere in its canonical form; undefined, and a violation, when it is none. What it says of its evidence
 * is dropped: a verdict rests on no proof that its subject brings along.
 */
export const toForeignPatch = (field: string, json: string, check: RequestCheck): string | undefined => {
  if (json.length > MOST_PATCH) {
    check.refuse(field, `has more than ${MOST_PATCH} characters`, 'send it in parts, or leave generated files out')
    return undefined
  }
  try {
    const patch = parsePatch(json)
    if (patch.edits.length > 0) return formatPatch(withoutClaims(patch))
    check.refuse(field, 'has no edit', 'send a patch that changes something')
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error
    for (const violation of error.violations)
      check.refuse(`${field}: ${violation.field}`, violation.reason, violation.fix)
  }
  return undefined
}

/** The number of rows of a page. */
export const pageSizeOf = (requested: number, usual = 20, most = 100): number =>
  requested <= 0 ? usual : Math.min(requested, most)
