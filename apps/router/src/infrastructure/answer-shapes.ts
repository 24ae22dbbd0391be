import { classifyRole } from '@iama/codemod/file-role'
import { featureProblem } from '@iama/gherkin'
import { DomainError } from '@iama/kernel'
import { asBuffer, decodeText, type Tree } from '@iama/patch'
import { MOST_EXERCISE, MOST_EXERCISES } from '@iama/prompts'
import picomatch from 'picomatch'
import { z } from 'zod'

/** An answer is readable, but not of the shape that was asked for; the words are for the model. */
export class AnswerRefused extends DomainError {
  readonly code = 'ANSWER_REFUSED'
  override readonly kind = 'invalid'
}

const line = z.string().trim().min(1).max(300)
const paragraph = z.string().trim().max(4_000)
const prose = z.string().trim().min(1).max(100_000)

const proposalsSchema = z.object({
  proposals: z
    .array(
      z.object({
        title: line,
        summary: paragraph,
        files: z.array(z.string().min(1).max(500)).min(1).max(200),
        symbols: z.array(z.string().min(1).max(200)).max(200).default([]),
        steps: z.array(line).max(50).default([]),
        risk: z.enum(['low', 'medium', 'high']),
        riskReasons: z.array(line).max(20).default([]),
        expectedEdits: z.number().int().min(1).max(10_000),
        estimatedSeconds: z.number().int().min(1).max(86_400),
      }),
    )
    .max(3),
})

const points = z.number().int().min(0).max(10)
const scoresSchema = z.object({
  scores: z.array(z.object({ id: z.string(), safety: points, value: points, cost: points, reason: line })).max(50),
})

const specSchema = z.object({ bdd: prose, sdd: prose })

const clarifySchema = specSchema.extend({
  questions: z
    .array(z.object({ id: line, text: line, choices: z.array(line).max(10).default([]) }))
    .max(3)
    .default([]),
})

const finding = z.string().trim().min(1).max(1_000)
const reanalysisSchema = z.object({
  findings: z.array(finding).max(20).default([]),
  steps: z.array(finding).min(1).max(20),
})

const exercisesSchema = z.object({
  exercises: z
    .array(z.object({ purpose: line, code: z.string().trim().min(1).max(MOST_EXERCISE) }))
    .min(1)
    .max(MOST_EXERCISES),
})

const checked = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new AnswerRefused(`the JSON object is not of the shape that was asked for:\n${z.prettifyError(parsed.error)}`)
}

/** Proposals that name files in scope and names that stand in them; the others are dropped and counted. */
export const proposed = (value: unknown, tree: Tree, include: readonly string[]) => {
  const { proposals } = checked(proposalsSchema, value)
  const known = proposals.filter(({ files, symbols }) => isAboutThisCode(tree, include, files, symbols))
  return { proposals: known, dropped: proposals.length - known.length }
}

const isAboutThisCode = (
  tree: Tree,
  include: readonly string[],
  files: readonly string[],
  symbols: readonly string[],
): boolean => {
  const isIncluded = include.length === 0 ? () => true : picomatch([...include], { dot: true })
  const texts = files.map((path) => {
    const file = tree.get(path)
    const text = file && decodeText(asBuffer(file.content))
    return text !== undefined && isIncluded(path) && isChangeable(path, text) ? text : undefined
  })
  if (texts.includes(undefined)) return false
  const words = new Set(texts.flatMap((text) => text!.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []))
  // `Cart.total` and `Cart#total` are two words
  return symbols.every((symbol) => symbol.split(/[.#]|::/).every((part) => words.has(part.replace(/\(\)$/, ''))))
}

const sourcePath = /\.[cm]?[jt]sx?$/
const isChangeable = (path: string, text: string): boolean =>
  sourcePath.test(path) && ['source', 'example', 'config'].includes(classifyRole(path, text))

export const scored = (value: unknown): z.infer<typeof scoresSchema> => checked(scoresSchema, value)

export const specified = (value: unknown): z.infer<typeof specSchema> => {
  const spec = checked(specSchema, value)
  expectGherkin(spec.bdd)
  return spec
}

export const reanalysed = (value: unknown): z.infer<typeof reanalysisSchema> => checked(reanalysisSchema, value)

export const exercised = (value: unknown): z.infer<typeof exercisesSchema> => checked(exercisesSchema, value)

/** The clarifier's turn in words, what it asks, and the spec as it stands after it. */
export const clarified = (value: unknown) => {
  const { questions, ...spec } = checked(clarifySchema, value)
  expectGherkin(spec.bdd)
  const text = questions.length === 0 ? 'Nothing that matters is open.' : questions.map((each) => each.text).join('\n')
  return { text, questions, ...spec }
}

/** @throws AnswerRefused with what the parser says, line by line */
const expectGherkin = (text: string): void => {
  const problem = featureProblem(text)
  if (problem === undefined) return
  throw new AnswerRefused(
    `bdd is no Gherkin that @cucumber/gherkin parses:\n${problem}\nFix: one feature with at least one scenario.`,
  )
}
