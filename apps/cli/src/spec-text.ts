import type { Spec } from '@iama/contracts/iama/jobs/v1/job'

/** Both halves of a spec. */
export interface SpecHalves {
  readonly bdd: string
  readonly sdd: string
}

const heading = (half: string, mark: string): string => `#! ---- ${half} ---- ${mark} ----`
const marker = /^#! ---- (scenarios|design) ---- ([0-9a-f]{8}) ----\r?$/

/**
 * A spec as one text for an editor. The halves begin with lines that carry a mark, so that nothing in the spec itself
 * can be taken for one of them.
 * @param mark eight hex digits
 */
export const formatHalves = (jobId: string, { version, bdd, sdd }: Spec, mark: string): string =>
  [
    `#! The spec of job ${jobId}, version ${version}: scenarios in Gherkin, then the design in Markdown.`,
    '#! Save and close to send it, close without a change to leave it; keep the two lines that begin a half.',
    heading('scenarios', mark),
    bdd.trimEnd(),
    heading('design', mark),
    sdd.trimEnd(),
    '',
  ].join('\n')

/** What an editor left of such a text; undefined when a half cannot be found any more. */
export const parseHalves = (text: string, mark: string): SpecHalves | undefined => {
  const lines = text.split('\n')
  const at = (half: string): number =>
    lines.findIndex((line) => {
      const [, name, its] = marker.exec(line) ?? []
      return name === half && its === mark
    })
  const [scenarios, design] = [at('scenarios'), at('design')]
  if (scenarios < 0 || design < scenarios) return undefined
  const half = (from: number, to?: number): string =>
    `${lines
      .slice(from + 1, to)
      .join('\n')
      .trim()}\n`
  return { bdd: half(scenarios, design), sdd: half(design) }
}

/** What of a spec is to be sent: an unchanged half is empty, as the server wants it. */
export const changedHalves = (before: Spec, after: SpecHalves): SpecHalves => ({
  bdd: after.bdd.trim() === before.bdd.trim() ? '' : after.bdd,
  sdd: after.sdd.trim() === before.sdd.trim() ? '' : after.sdd,
})
