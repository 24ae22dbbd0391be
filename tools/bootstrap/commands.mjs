/**
 * What can be typed after `npm run`. `script` is a module under tools/ with `run(args): Promise<number>`;
 * `passHelp` leaves `--help` to the command itself.
 */
export const commands = {
  demo: {
    script: 'demo.ts',
    summary: 'refactor a package that somebody else wrote, from start to end',
    usage:
      'npm run demo [-- --package NAME | --dir PATH] [--models FILE | --model-endpoint URL --model NAME [--model-key-env VAR]]',
    passHelp: true,
  },
  start: {
    script: 'start.ts',
    summary: 'bring the whole system up and keep it up until Ctrl-C',
    usage:
      'npm start [-- --replicas jobs=2,sandbox=2] [--models FILE | --model-endpoint URL --model NAME [--model-key-env VAR]]',
  },
  iama: {
    script: 'iama.ts',
    summary: 'the command line client, against the system that `npm start` brought up',
    usage: 'npm run iama -- <command>',
    passHelp: true,
  },
  test: {
    script: 'test.ts',
    summary: 'every check and every test, on real servers',
    usage: 'npm test [-- <project>... ]      for instance: npm test -- jobs rpc',
  },
  check: {
    script: 'check.ts',
    summary: 'the static checks alone: types, lint, format, protos, boundaries',
    usage: 'npm run check [-- <check>...]    lock types lint format protos boundaries tags',
  },
  bench: {
    script: 'bench/run.ts',
    summary: 'compare with peers and baselines; a missed target makes the exit code 1',
    usage: 'npm run bench -- <suite> [--rounds N] [--only NAME,NAME]',
  },
  generate: {
    script: 'generate.ts',
    summary: 'generate TypeScript from proto/',
    usage: 'npm run generate',
  },
  build: {
    script: 'build-all.ts',
    summary: 'bundle every app into apps/<app>/dist',
    usage: 'npm run build [-- --force]',
  },
  'record-history': {
    script: 'record-history.ts',
    summary: 'keep the history of a workflow as a golden one for the tests of the worker',
    usage: 'npm run record-history -- --address HOST:PORT --workflow job-<id> --name NAME',
  },
  stack: {
    script: 'stack/command.ts',
    summary: 'the local servers and services, in the background',
    usage: 'npm run stack -- up [--servers] | down | status [--json] | streams diff|apply',
  },
}

const shortcut = { test: 'npm test', start: 'npm start' }

/** The help of one command, or of all. */
export const help = (name) => {
  const one = commands[name]
  if (one) return `${one.usage}\n\n  ${one.summary}\n`
  const lines = Object.entries(commands).map(
    ([key, { summary }]) => `  ${(shortcut[key] ?? `npm run ${key}`).padEnd(18)} ${summary}`,
  )
  return `IAMA refactors real code and proves that its behaviour did not change.\n\n${lines.join('\n')}\n\nnpm run <command> -- --help says more.\n`
}
