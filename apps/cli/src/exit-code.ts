/** What the shell is told; documented in `iama --help`. */
export const ExitCode = {
  ok: 0,
  internal: 1,
  usage: 2,
  server: 4,
  jobFailed: 5,
  waitsForYou: 6,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

export const exitCodeHelp = `Exit codes:
  0  done
  1  an error inside IAMA
  2  the command, the configuration or the folder is not as it must be; nothing was done
  4  the server cannot be reached, or refused
  5  the job failed, was cancelled or found nothing to do, a check did not pass, or a job could not be killed
  6  the job waits for you`
