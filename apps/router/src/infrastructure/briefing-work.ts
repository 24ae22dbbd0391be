import { chooseContext, type ChosenContext } from '@iama/context'
import { applyPatch, unifiedDiff, withoutEdits, type Patch } from '@iama/patch'
import { PLACEHOLDER_NOTE, SecretVault } from '@iama/secrets'
import { TokenCounter } from '@iama/tokens'
import type { Assignment, Briefing, BriefView, ChatMessage } from '../application/ports.ts'
import { TOKENS_OF_ENVELOPE } from '../domain/price.ts'
import { outputCaps } from '../domain/route.ts'
import type { Subject } from './briefing-subject.ts'
import { promptOf } from './briefing-prompts.ts'

/** Chooses what models are shown, words it, and puts secrets away. */
export interface BriefWork extends Subject {
  readonly kind: 'brief'
  readonly views: readonly BriefView[]
}

/** Hiding a secret may take more tokens than it had. */
const ROOM_FOR_SECRETS = 512

/** One briefing for each view. */
export const brief = async ({ views, ...work }: BriefWork): Promise<Briefing[]> => {
  const briefings: Briefing[] = []
  for (const view of views) briefings.push(await briefOne(work, view))
  return briefings
}

const briefOne = async (work: Subject, view: BriefView): Promise<Briefing> => {
  const { assignment, tree } = work
  const prompt = promptOf({ assignment, view, outputTokens: outputTokensOf(view), ...diffsOf(work) })
  const bare = tokensOf(prompt.render([]), view.model)
  const context = chooseContext({
    tree,
    scope: [...assignment.include],
    focus: focusOf(assignment),
    capTokens: Math.max(0, view.maxTokens - bare - ROOM_FOR_SECRETS),
    model: view.model,
  })
  const rendered = prompt.render(view.proposals === undefined ? context.parts : [])
  const vault = new SecretVault(assignment.jobId)
  const hidden = await vault.hideAll(rendered.map(({ content }) => content))
  const messages = rendered.map(({ role }, at): ChatMessage => ({
    role,
    content: role === 'system' && vault.found.length > 0 ? `${hidden[at]!}\n\n${PLACEHOLDER_NOTE}` : hidden[at]!,
  }))
  return {
    messages,
    tokens: tokensOf(messages, view.model),
    prompt: prompt.name,
    account: JSON.stringify(accountOf(prompt.name, context, vault)),
    vault: JSON.stringify(vault),
  }
}

const tokensOf = (messages: readonly ChatMessage[], model: string): number => {
  const counter = new TokenCounter(model)
  for (const { content } of messages) counter.push(content)
  return counter.count + messages.length * TOKENS_OF_ENVELOPE
}

const outputTokensOf = ({ wholeFiles }: BriefView): number => (wholeFiles ? outputCaps.L1 : outputCaps.L2)

/** Places that a failure names, such as `src/cart.ts:12`. */
const place = /(?:^|[\s("'`/])((?:[\w@.-]+\/)*[\w@.-]+\.[cm]?[jt]sx?):(\d+)/g
const MOST_PLACES = 20

/** What the call is about: the strategy's files and names, and where failures happened. */
const focusOf = ({ strategy, repair }: Assignment): string[] => {
  const places = (repair?.failures ?? []).flatMap(({ message }) =>
    [...message.matchAll(place)].map(([, path, line]) => `${path}:${line}`),
  )
  return [...(strategy?.files ?? []), ...(strategy?.symbols ?? []), ...new Set(places.slice(0, MOST_PLACES))]
}

const MOST_DIFF = 60_000

/** What failed, without what stays of it, and what stays, both as diffs. */
const diffsOf = ({ tree, failedPatch, greenPart }: Subject): { failed: string; taken: string } => {
  const kept = new Set(greenPart?.edits.map(({ id }) => id))
  const red =
    failedPatch &&
    withoutEdits(
      failedPatch,
      failedPatch.edits.filter(({ id }) => kept.has(id)).map(({ id }) => id),
    )
  const diff = (patch: Patch | undefined): string =>
    patch ? bounded(unifiedDiff(tree, applyPatch(tree, patch), { blobNames: false })) : ''
  return { failed: diff(red && red.edits.length > 0 ? red : failedPatch), taken: diff(greenPart) }
}

const bounded = (diff: string): string =>
  diff.length <= MOST_DIFF
    ? diff
    : `${diff.slice(0, diff.lastIndexOf('\n', MOST_DIFF))}\n(the rest of the diff is left out)\n`

/** For people: what was shown and what was not, why, and how much was put away; no code. */
const accountOf = (prompt: string, { parts, leftOut, tokens }: ChosenContext, vault: SecretVault) => ({
  prompt,
  tokens,
  parts: parts.map(({ path, reason, tokens: size, lines }) => ({
    path,
    reason,
    tokens: size,
    ...(lines && { lines }),
  })),
  leftOut: leftOut.slice(0, 200),
  secrets: vault.found,
})
