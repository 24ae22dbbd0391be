export interface MessagingLog {
  info(message: string): void
  warn(message: string): void
}

const QUIET_MS = 5_000

/** Lets the first of many equal troubles through, and then one line in five seconds that counts the rest. */
export class CalmLog {
  readonly #log: MessagingLog
  #quietUntil = 0
  #swallowed = 0

  constructor(log: MessagingLog) {
    this.#log = log
  }

  warn(message: string): void {
    if (Date.now() < this.#quietUntil) {
      this.#swallowed += 1
      return
    }
    this.#log.warn(this.#swallowed > 0 ? `${message} (and ${this.#swallowed} more)` : message)
    this.#swallowed = 0
    this.#quietUntil = Date.now() + QUIET_MS
  }
}
