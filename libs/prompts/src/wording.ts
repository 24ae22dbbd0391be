/** Sentences that several prompts share. A change here is a change of all of them. */
export const ROLE = 'You work in IAMA, which refactors code and proves in a sandbox that its behaviour did not change.'

export const NOTHING_CHANGES = [
  'A refactoring keeps behaviour: results, errors, side effects, their order, and everything that users of the code can',
  'import stay as they are. Tests, snapshots, CI files and what lies outside the scope are never changed.',
].join('\n')

export const jsonAnswer = (shape: string): string =>
  [
    'Answer with exactly one JSON object of this shape and nothing else: no prose around it, no other JSON.',
    'Inside strings write a newline as \\n and a quote as \\", and use no escape that JSON does not have.',
    '',
    shape,
  ].join('\n')

/** A list as lines, or a word for its absence. */
export const listed = (items: readonly string[], none: string): string =>
  items.length === 0 ? none : items.map((item) => `- ${item}`).join('\n')
