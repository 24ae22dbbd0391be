import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { ESLint } from 'eslint'
import { root } from '../workspace.ts'

let eslint: ESLint

beforeAll(() => {
  eslint = new ESLint({
    cwd: root,
    overrideConfigFile: path.join(root, 'eslint.config.mjs'),
    // Where CI is set, typescript-eslint would read each file once, from the disk, whatever text it is given.
    overrideConfig: { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } },
  })
})

/** The rules that a text would break if it stood in a file that exists. */
const rulesBrokenBy = async (file: string, text: string): Promise<(string | null)[]> => {
  const [result] = await eslint.lintText(text, { filePath: path.join(root, file) })
  return result!.messages.map(({ ruleId, message }) => ruleId ?? message)
}

const source = 'libs/persistence/src/data-source.ts'

describe('the lint rules', () => {
  it.each([
    ['no-restricted-syntax', 'an enum', `export enum Colour { Red }\n`],
    ['no-restricted-syntax', 'a parameter property', `export class A { constructor(private readonly a: string) {} }\n`],
    ['no-restricted-syntax', 'the environment', `export const home = process.env['HOME']\n`],
    ['@typescript-eslint/no-explicit-any', 'any', `export const a = (x: any): unknown => x\n`],
    [
      '@typescript-eslint/no-floating-promises',
      'a forgotten promise',
      `export const a = (p: Promise<void>): void => { p }\n`,
    ],
    [
      'iama/no-typeorm-save',
      'a save of TypeORM',
      `import type { DataSource } from 'typeorm'\nexport const a = async (d: DataSource): Promise<unknown> => d.manager.save({})\n`,
    ],
    [
      'iama/no-typeorm-save',
      'a transaction of TypeORM',
      `import type { DataSource } from 'typeorm'\nexport const a = async (d: DataSource): Promise<void> => d.transaction(async () => undefined)\n`,
    ],
  ])(
    '%s refuses %s',
    async (rule, _, text) => {
      expect(await rulesBrokenBy(source, text)).toEqual([rule])
    },
    120_000,
  )

  it('let a port of our own have a save', async () => {
    const text = `export interface Jobs { save(job: string): Promise<void> }\nexport const a = (jobs: Jobs): Promise<void> => jobs.save('x')\n`
    expect(await rulesBrokenBy(source, text)).toEqual([])
  })

  it('let tools read the environment', async () => {
    expect(await rulesBrokenBy('tools/workspace.ts', `export const home = process.env['HOME']\n`)).toEqual([])
  })
})
