import { expect, it } from '@jest/globals'

import { classifyRole } from './file-role.ts'

it('tells the role of a file of any number of lines', () => {
  expect(classifyRole('src/table.js', 'row()\n'.repeat(300_000))).toBe('source')
  expect(classifyRole('src/bundle.js', `${'x'.repeat(200_000)}\n${'row()\n'.repeat(9)}`)).toBe('minified')
})
