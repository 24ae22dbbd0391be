import { lintSource } from '@secretlint/core'
import { secretLintProfiler } from '@secretlint/profiler'
import { rules } from '@secretlint/secretlint-rule-preset-recommend'

import type { Finding } from './finding.ts'

// Else every text leaves marks in the process's performance timeline, for good.
secretLintProfiler.setEnabled(false)

/** Rules of ours find the same, and of a URL or an assignment only what is secret. */
const covered = /-(?:aws|basicauth|database-connection-string|privatekey)$/
/** Also without the rule that obeys comments: a repository must not be able to say that its secrets are none. */
const used = rules.filter(({ meta }) => !meta.id.endsWith('filter-comments') && !covered.test(meta.id))
const config = { rules: used.map((rule) => ({ id: rule.meta.id, rule })) }

/** Some rules report a whole assignment; replacing its quotes would break the code around them. */
const narrowed = (text: string, { kind, start, end }: Finding): Finding => {
  const runs = [...text.slice(start, end).matchAll(/[^\s"'`,;<>(){}=]+=*/g)]
  const run = runs.reduce(
    (best, each) => (each[0].length > best[0].length ? each : best),
    runs[0] ?? { 0: '', index: 0 },
  )
  return { kind, start: start + run.index, end: start + run.index + run[0].length }
}

/** What the recommended rules of secretlint find in a text. */
export const secretlintFindings = async (text: string): Promise<Finding[]> => {
  const { messages } = await lintSource({
    source: { filePath: 'text', content: text, ext: '', contentType: 'text' },
    options: { config, noPhysicFilePath: true },
  })
  return messages
    .map(({ ruleId, range: [start, end] }) => ({ kind: ruleId.replace(/^.*secretlint-rule-/, ''), start, end }))
    .map((finding) => narrowed(text, finding))
    .filter(({ start, end }) => start < end && !/\$\{|\{\{/.test(text.slice(start, end)))
}
