import { jsonAnswer } from './wording.ts'

/** An answer as it should be; the tests hold it against the reader of replies. */
export const EDITS_EXAMPLE = `{
  "edits": [
    {
      "id": "e1",
      "title": "Extract the sum of the prices",
      "reason": "total() did two things; the sum has a name of its own now and is used twice.",
      "operations": [
        {"type": "replace", "path": "src/cart.ts", "anchor": "  let sum = 0\\n  for (const item of items) sum += item.price\\n", "text": "  const sum = sumOfPrices(items)\\n"},
        {"type": "insert_before", "path": "src/cart.ts", "anchor": "export const total", "text": "const sumOfPrices = (items) => items.reduce((sum, { price }) => sum + price, 0)\\n\\n"}
      ]
    }
  ]
}`

const wholeFile =
  '{"type": "write_file", "path", "text"}                  the whole new text of a file, nothing left out of it'

/** How edits are written. @param wholeFiles whether the class of the model may answer with whole files */
export const editRules = (wholeFiles: boolean): string =>
  [
    jsonAnswer(EDITS_EXAMPLE),
    '',
    'An edit is applied whole or not at all, and may be taken without the others: put into one edit what only makes sense',
    'together, and what has another reason into another one. "reason" says why each of its operations is right, not what it',
    'does. An edit that needs another one names it: "dependsOn": ["e1"].',
    '',
    'Operations:',
    '{"type": "replace", "path", "anchor", "text"}            text takes the place of anchor',
    '{"type": "insert_before", "path", "anchor", "text"}      text is put directly before anchor; also "insert_after"',
    '{"type": "create_file", "path", "text"}                  the path must be free',
    '{"type": "delete_file", "path"}',
    '{"type": "rename_file", "path", "to"}',
    ...(wholeFiles ? [wholeFile] : []),
    'No operation has other fields, except "before" and "after" beside "anchor": text that directly precedes and follows it.',
    '',
    '- "path" is written exactly as in the block of the file, and lies in the scope.',
    '- "anchor" is copied letter for letter from the file, with its blanks and newlines. It occurs exactly once in it; where',
    '  it would occur twice, make it longer, or add "before" or "after". An anchor that is close but not equal is refused.',
    '- Every operation refers to the files as they stand in the blocks, never to the result of another operation, and no two',
    '  touch the same place.',
    '- Lines that only say that something is left out are no text of the file. What a block does not show cannot be changed.',
    '- Nothing is left out of "text": no "...", no "rest unchanged".',
    wholeFiles
      ? '- Prefer operations on anchors. Take write_file only when most of a file changes and all of it is shown.'
      : '- Whole files are refused: write operations on anchors.',
    '- When the right thing is to change nothing, answer {"edits": []}.',
  ].join('\n')

/** How long an answer may be. @param tokens of the class, which are enforced */
export const lengthRule = (tokens: number): string =>
  `The answer is cut off after ${tokens} tokens, and a cut answer is lost: do the most important edits first, and stop in time.`
