import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Skipped, type Rewrite, type Task } from './task.ts'

const requireFrom = (tools: string) => createRequire(path.join(tools, 'package.json'))

interface LintMessage {
  readonly fatal?: boolean
  readonly message: string
}

interface ESLintModule {
  readonly ESLint: new (options: object) => {
    lintText(
      text: string,
      options: object,
    ): Promise<readonly { readonly output?: string; readonly messages: readonly LintMessage[] }[]>
  }
}

const eslint = ({ tool, tools, folder }: Task): Rewrite => {
  const load = requireFrom(tools)
  const { ESLint } = load('eslint') as ESLintModule
  const { parser } = load('typescript-eslint') as { parser: object }
  const rules = Object.fromEntries(tool.transforms.map((rule) => [rule, 'error']))
  return async (text, { path: filePath, isModule, isTypeScript }) => {
    const languageOptions = {
      ecmaVersion: 2023,
      sourceType: isModule || isTypeScript ? 'module' : 'commonjs',
      ...(isTypeScript ? { parser } : {}),
    }
    const linter = new ESLint({
      cwd: folder,
      fix: true,
      ignore: false,
      overrideConfigFile: true,
      overrideConfig: [
        // endings are named: a pattern that takes everything does not make ESLint read TypeScript
        {
          files: ['**/*.{js,cjs,mjs,jsx,ts,cts,mts,tsx}'],
          languageOptions,
          rules,
          linterOptions: { reportUnusedDisableDirectives: 'off' },
        },
      ],
    })
    const [result] = await linter.lintText(text, { filePath: path.join(folder, filePath) })
    // a comment that it does not know any more is called fatal as well, and the file is changed all the same
    const fatal = result?.messages.find((message) => message.fatal && message.message.startsWith('Parsing error'))
    if (fatal) throw new Skipped(fatal.message)
    return result?.output ?? text
  }
}

const lebab = ({ tool, tools }: Task): Rewrite => {
  const { transform } = requireFrom(tools)('lebab') as {
    transform(text: string, names: readonly string[]): { code: string }
  }
  return async (text) => transform(text, tool.transforms).code
}

const putout = async ({ tool, tools }: Task): Promise<Rewrite> => {
  // its rules and presets are found from the folder of the process
  process.chdir(tools)
  const main = requireFrom(tools).resolve('putout')
  const { putout: run } = (await import(pathToFileURL(main).href)) as {
    putout(text: string, options: object): { code: string }
  }
  return async (text, { isTypeScript }) => run(text, { isTS: isTypeScript, plugins: tool.transforms }).code
}

type Codemod = (file: { path: string; source: string }, api: object, options: object) => string | null | undefined

const codemods = ({ tool, tools }: Task): Rewrite => {
  const load = requireFrom(tools)
  const jscodeshift = load('jscodeshift') as { withParser(name: string): object }
  const transforms = tool.transforms.map((name) => {
    const loaded = load(`5to6-codemod/transforms/${name}.js`) as Codemod | { readonly default: Codemod }
    return typeof loaded === 'function' ? loaded : loaded.default
  })
  return async (text, { path: file, isTypeScript }) => {
    const j = jscodeshift.withParser(isTypeScript ? 'ts' : 'babel')
    const api = { jscodeshift: j, j, stats: () => {}, report: () => {} }
    return transforms.reduce((source, transform) => transform({ path: file, source }, api, {}) || source, text)
  }
}

export const rewriters: Readonly<
  Record<Exclude<Task['tool']['driver'], 'iama'>, (task: Task) => Rewrite | Promise<Rewrite>>
> = { eslint, lebab, putout, codemods }
