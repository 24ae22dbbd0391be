import { allowedTransitions } from './transitions.ts'

/** States that many others lead to: drawn as a list of sources, since so many arrows would hide the story. */
const endings = ['CANCELLED', 'FAILED'] as const

/** The job's states as a Mermaid diagram, for the README. */
export const stateDiagram = (): string => {
  const arrows = Object.entries(allowedTransitions).flatMap(([from, targets]) =>
    Object.entries(targets)
      .filter(([to]) => !isEnding(to))
      .map(([to, by]) => `    ${from === 'NONE' ? '[*]' : from} --> ${to}: ${by}`),
  )
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...arrows,
    ...endings.flatMap(drawEnding),
    '    REVERTED --> [*]',
    '    CHECKED --> [*]',
    '```',
  ].join('\n')
}

const isEnding = (state: string): boolean => (endings as readonly string[]).includes(state)

const drawEnding = (ending: (typeof endings)[number]): string[] => {
  const sources = Object.entries(allowedTransitions).flatMap(([from, targets]) => (ending in targets ? [from] : []))
  return [
    `    ${ending} --> [*]`,
    `    note left of ${ending}`,
    ...sources.map((from) => `        from ${from}`),
    '    end note',
  ]
}
