import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from '@jest/globals'
import {
  AnalysisSummarySchema,
  AttemptSummarySchema,
  BaselineSummarySchema,
  JobSchema,
  JobState,
  ProposalSchema,
  ProposalScoreSchema,
  TestsSummarySchema,
} from '@iama/contracts/iama/jobs/v1/job'

import { analysisLines, proposalsLines } from './analysis.ts'
import { attemptLines, baselineLines, testsLines } from './attempt.ts'
import { colorDiff, withoutControls } from './diff.ts'
import { bytes, duration, some } from './format.ts'
import { jobsLines } from './jobs.ts'
import { createStyle, oneLine, plainStyle, printable, showable } from './style.ts'
import { summaryLines } from './summary.ts'
import { table } from './table.ts'

const text = (lines: readonly string[]) => lines.join('\n')

describe('small forms', () => {
  it.each([
    [0, '0 ms'],
    [171.4, '171 ms'],
    [1_234, '1.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 00 s'],
    [125_000, '2 min 05 s'],
  ])('%d ms is %s', (ms, expected) => expect(duration(ms)).toBe(expected))

  it.each([
    [999, '999 B'],
    [1_500, '1.5 kB'],
    [2_000_000, '2.0 MB'],
  ])('%d bytes are %s', (n, expected) => expect(bytes(n)).toBe(expected))

  it('cut long lists and say so', () => {
    expect(some(['a', 'b', 'c'], 2)).toEqual(['a', 'b', 'and 1 more'])
    expect(some(['a', 'b'], 2)).toEqual(['a', 'b'])
  })

  it('let no escape sequence through', () => {
    expect(oneLine('a\u001B[2Jb\n c\u009B')).toBe('a\uFFFD[2Jb c\uFFFD')
    expect(printable('a\r\nb\u0007\tc')).toBe('a\nb\uFFFD\tc')
    expect(showable('\u001B[31mred\u001B[39m \u001B]0;title\u0007\u001B[2J\u009B2J\n')).toBe(
      '\u001B[31mred\u001B[39m \uFFFD]0;title\uFFFD\uFFFD[2J\uFFFD2J\n',
    )
  })

  it('lets nothing read backwards', () => {
    expect(oneLine('a\u202Egpj.exe')).toBe('a\uFFFDgpj.exe')
    expect(printable('if (\u2066admin\u2069)\n')).toBe('if (\uFFFDadmin\uFFFD)\n')
    expect(showable('\u200Fx')).toBe('\uFFFDx')
  })
})

describe('a table', () => {
  it('aligns by what is seen: colours take no room, composed letters one column', () => {
    const red = createStyle(true).red
    const lines = table(
      [{ title: 'A' }, { title: 'N', align: 'right' }],
      [
        [red('x'), '1'],
        ['e\u0301é', '100'],
      ],
    )
    expect(lines).toEqual(['A     N', `${red('x')}     1`, 'e\u0301é  100'])
  })

  it('needs no titles', () => {
    expect(table([{ title: '' }, { title: '' }], [['a', '']])).toEqual(['a'])
  })
})

const proposal = create(ProposalSchema, {
  id: 'raise-floor',
  title: 'Raise the floor',
  summary: 'Uses what Node 20 has.',
  recipes: ['let-const'],
  files: ['index.js', 'lib/a.js'],
  expectedEdits: 12,
  risk: 'medium',
  riskReasons: ['public API is touched'],
  estimatedSeconds: 95,
  floorBefore: 'ES5',
  floorAfter: 'ES2023',
})

describe('the analysis', () => {
  it('shows metrics, smells, checks, and what could not be read', () => {
    const analysis = create(AnalysisSummarySchema, {
      files: 3,
      lines: 420,
      functions: 20,
      cyclomatic: 60,
      cognitive: 44,
      duplicationPercent: 3.25,
      tests: 153,
      floor: 'ES5',
      floorEvidence: ['engines.node is >=0.4'],
      smells: [{ kind: 'long-function', path: 'index.js', line: 7, message: '120 lines' }],
      syntaxProblems: [{ path: 'bad.js', line: 2, column: 5, message: 'Unexpected token' }],
      checks: [
        { id: 'test:1', kind: 'test', command: 'tape test/*.js', runs: true },
        { id: 'audit', kind: 'network-audit', command: 'npx audit', runs: false, reason: 'needs a network' },
      ],
    })
    expect(text(analysisLines(analysis, plainStyle))).toMatchInlineSnapshot(`
      "analysis
      files                      3
      lines                    420
      functions                 20
      cyclomatic complexity     60
      cognitive complexity      44
      duplication            3.3 %
      tests                    153
      language floor: ES5
        engines.node is >=0.4
      checks of the project
      test           tape test/*.js
      network-audit  npx audit       not run: needs a network
      1 smell
      index.js:7  long-function  120 lines
      left out, syntax error: bad.js:2:5: Unexpected token"
    `)
  })

  it('ends in proposals with files, risk, expected edits and time', () => {
    expect(text(proposalsLines([proposal], plainStyle))).toMatchInlineSnapshot(`
      "proposals
      1. Raise the floor (raise-floor)
         Uses what Node 20 has.
         12 edits in 2 files, risk medium, about 1 min 35 s, free
         language floor: ES5 becomes ES2023
         public API is touched
         files: index.js, lib/a.js
         recipes: let-const"
    `)
  })

  it('says that a package becomes ES modules', () => {
    const modules = create(ProposalSchema, { ...proposal, floorAfter: 'ES5', toEsModules: true })
    expect(proposalsLines([modules], plainStyle).filter((line) => line.includes('becomes'))).toEqual([
      '   module system: CommonJS becomes ES modules',
    ])
  })

  it('shows what the personas thought, the steps and the range of the cost', () => {
    const byModel = create(ProposalSchema, {
      ...proposal,
      engine: 'model',
      estimatedCostMicros: 20_000n,
      mostCostMicros: 310_000n,
      currency: 'USD',
      steps: ['Split parse.', 'Name its parts.'],
      scores: [
        { persona: 'architect', safety: 8, value: 7, cost: 10, reason: 'Small and local.' },
        { persona: 'tester', safety: 6, value: 7, cost: 9, reason: 'Errors are not tested.' },
      ].map((score) => create(ProposalScoreSchema, score)),
    })
    expect(text(proposalsLines([byModel], plainStyle))).toMatchInlineSnapshot(`
      "proposals
      1. Raise the floor (raise-floor)
         Uses what Node 20 has.
         12 edits in 2 files, risk medium, about 1 min 35 s, about 0.02 USD, at most 0.31 USD
         language floor: ES5 becomes ES2023
         public API is touched
         1) Split parse.
         2) Name its parts.
         architect  safety 8  value 7  cost 10  Small and local.
         tester     safety 6  value 7  cost 9   Errors are not tested.
         files: index.js, lib/a.js
         recipes: let-const"
    `)
  })
})

describe('evidence', () => {
  it.each([
    ['MALFORMED_OUTPUT', 'repair attempt 2: what the model wrote cannot be read as a patch (MALFORMED_OUTPUT)  3.0 s'],
    ['NO_OPERATION', 'repair attempt 2: the patch changes nothing (NO_OPERATION)  3.0 s'],
    ['SOMETHING_NEW', 'repair attempt 2: there was nothing to verify (SOMETHING_NEW)  3.0 s'],
  ])('says why an attempt never came to the gates: %s', (refusal, title) => {
    const refusalMessage = 'line 3: "find" is not in index.js\nnearest: function a'
    const attempt = create(AttemptSummarySchema, { number: 2, refusal, refusalMessage, milliseconds: 3_000n })
    expect(attemptLines(attempt, plainStyle)).toEqual([
      title,
      '    line 3: "find" is not in index.js',
      '    nearest: function a',
    ])
  })

  it('shows what was pinned and the baseline', () => {
    const tests = create(TestsSummarySchema, {
      sessions: 40,
      steps: 300,
      unstable: 2,
      coveredExports: 1,
      notCovered: ['x: undriven'],
    })
    expect(testsLines(tests, plainStyle)).toEqual([
      'characterization tests: 40 sessions with 300 steps, 1 export covered, 2 unstable dropped',
      '  not covered: x: undriven',
    ])
    const baseline = create(BaselineSummarySchema, {
      passed: 152,
      failed: 1,
      skipped: 3,
      milliseconds: 171n,
      failures: [{ testId: 'test/a.js > adds', message: 'expected 1\nreceived 2' }],
    })
    expect(text(baselineLines(baseline, plainStyle))).toMatchInlineSnapshot(`
      "✗ baseline: 152 passed, 1 failed, 3 skipped  171 ms
        failing: test/a.js > adds
          expected 1
          received 2"
    `)
  })

  it('shows each gate with its time, details only of those that did not pass, and what was left out', () => {
    const attempt = create(AttemptSummarySchema, {
      number: 1,
      green: false,
      edits: 12,
      milliseconds: 4_200n,
      gates: [
        { gate: 'baseline', status: 'pass', summary: '153 tests as before', milliseconds: 180n, details: ['hidden'] },
        {
          gate: 'surface',
          status: 'fail',
          summary: 'arity of parse changed',
          milliseconds: 90n,
          details: ['parse: 2, was 1'],
        },
        { gate: 'scope', status: 'warn', summary: 'ok', milliseconds: 1n, details: ['look here'] },
      ],
      dropped: [{ editId: 'e-3', title: 'Arrow', reasons: ['test a fails'] }],
    })
    expect(text(attemptLines(attempt, plainStyle))).toMatchInlineSnapshot(`
      "repair attempt 1: 12 edits, red  4.2 s
        ✓  baseline  153 tests as before     180 ms
        ✗  surface   arity of parse changed   90 ms
            parse: 2, was 1
        !  scope     ok                        1 ms
            look here
        left out: Arrow (e-3)
          test a fails"
    `)
  })
})

describe('the end of a job', () => {
  const job = create(JobSchema, {
    id: '0190aaaa-0000-7000-8000-000000000000',
    state: JobState.DELIVERED,
    proposals: [proposal],
    selectedProposalId: 'raise-floor',
    attempts: 1,
    name: 'minimist',
    options: { goal: 'modernize' },
    createdAt: { seconds: 1_700_000_000n },
    delivery: {
      edits: 11,
      files: ['index.js'],
      before: { lines: 420, cyclomatic: 60, cognitive: 44, duplicationPercent: 3 },
      after: { lines: 400, cyclomatic: 60, cognitive: 40, duplicationPercent: 3 },
      dropped: [{ editId: 'e-3', title: 'Arrow', reasons: [] }],
    },
  })

  it('is a table with the patch’s place and the way on', () => {
    expect(text(summaryLines(job, { patchFile: '/s/p.patch', next: ['iama accept x'] }, plainStyle)))
      .toMatchInlineSnapshot(`
      "
      job                    0190aaaa-0000-7000-8000-000000000000
      state                  DELIVERED
      strategy               Raise the floor
      edits                  11
      left out               1
      files                  index.js
      lines                  420 → 400
      cyclomatic complexity  60
      cognitive complexity   44 → 40
      duplication            3.0 %
      attempts               1
      patch                  /s/p.patch

      1 edit left out
        left out: Arrow (e-3)

      iama accept x
      "
    `)
  })

  it('is a line among the jobs', () => {
    expect(jobsLines([job])).toEqual([
      'JOB                                   CREATED           STATE      GOAL       EDITS  NAME',
      '0190aaaa-0000-7000-8000-000000000000  2023-11-14 22:13  DELIVERED  modernize     11  minimist',
    ])
  })
})

describe('a diff', () => {
  const diff = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n---old\n+++new\n same\n'

  it('is coloured by line, a removed line that looks like a header included', () => {
    const style = createStyle(true)
    const lines = colorDiff(diff, style).split('\n')
    expect(lines[1]).toBe(style.bold('--- a/x'))
    expect(lines[4]).toBe(style.red('---old'))
    expect(lines[5]).toBe(style.green('+++new'))
    expect(lines[6]).toBe(' same')
  })

  it('stays the same byte for byte without colours', () => {
    expect(colorDiff(diff, plainStyle)).toBe(diff)
  })

  it('cannot command a terminal', () => {
    expect(withoutControls('a\u001B[2J\r\n\tb')).toBe('a^[[2J\r\n\tb')
    expect(withoutControls('shown\rhidden')).toBe('shown^Mhidden')
    expect(withoutControls("'user\u202E \u2066// admin'\u009B")).toBe("'user<U+202E> <U+2066>// admin'<U+009B>")
  })
})
