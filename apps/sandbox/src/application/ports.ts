import type { Session, SessionEvent } from '../domain/session.ts'
import type { WipeEvidence } from '../domain/wipe-evidence.ts'
import type {
  AnalysisSummary,
  AttemptSummary,
  BaselineSummary,
  GateSummary,
  Measures,
  Progress,
  TestsSummary,
  Work,
} from './findings.ts'

export type * from './runtime.ts'

/** Whose sandbox a call is about. */
export interface SessionRef {
  readonly tenantId: string
  readonly jobId: string
  readonly sessionId: string
}

export interface StoredSession {
  readonly session: Session
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface Sessions {
  load(sessionId: string): Promise<StoredSession | undefined>
  /** The living session of a request at a replica, so that a repeated request finds it. */
  ofRequest(requestId: string, address: string): Promise<StoredSession | undefined>
  add(stored: StoredSession): Promise<void>
  /** @throws ConcurrentUpdate when somebody was faster */
  save(before: StoredSession, session: Session, at: Date): Promise<StoredSession>
}

export interface WipeEvidences {
  load(sessionId: string): Promise<WipeEvidence | undefined>
  add(evidence: WipeEvidence): Promise<void>
}

export interface CachedInstallation {
  readonly key: string
  readonly address: string
  readonly packages: number
  readonly bytes: number
  readonly at: Date
}

/** What a tenant has cached where; the packages themselves lie at the replica. */
export interface DependencyIndex {
  /** Adds the entry, or moves its last use. */
  record(entry: CachedInstallation): Promise<void>
}

/** Tells the other services what happened to a session, in the transaction that makes it true. */
export interface Announcements {
  announce(stored: StoredSession, events: readonly SessionEvent[]): Promise<void>
}

export interface Stores {
  readonly sessions: Sessions
  readonly evidences: WipeEvidences
  readonly dependencies: DependencyIndex
  readonly announcements: Announcements
}

export interface UnitOfWork {
  run<Result>(tenantId: string, work: (stores: Stores) => Promise<Result>): Promise<Result>
}

/** Large things by address; they belong to `jobs`. */
export interface Artifacts {
  put(ref: SessionRef, content: Uint8Array, mediaType: string): Promise<string>
  get(tenantId: string, address: string): Promise<Uint8Array>
}

/** Hears of a step while it runs. */
export interface Listener {
  progress(progress: Progress): void
  gate(gate: GateSummary): void
  readonly signal: AbortSignal
}

export interface Analyzed {
  readonly analysis: AnalysisSummary
  readonly baseline: BaselineSummary
  /** The whole of it, JSON. */
  readonly document: Uint8Array
}

export interface Characterized {
  readonly tests: TestsSummary
  /** The recorded sessions, JSON. */
  readonly sessions: Uint8Array
  /** Hash of the untouched tree that they were judged on. */
  readonly tree: string
  /** Readable tests: a JSON object of path to text. */
  readonly written: Uint8Array
  /** Small faults that no session sees, a sentence each; empty unless asked for. */
  readonly weakPlaces: readonly string[]
}

export interface CharacterizeOrder {
  readonly work: Work
  /** Paths whose behaviour is pinned. */
  readonly files: readonly string[]
  readonly findWeakPlaces: boolean
}

export interface ExerciseOrder {
  readonly work: Work
  readonly files: readonly string[]
  /** What was pinned so far, JSON. */
  readonly sessions: Uint8Array
  /** `{exercises: [{purpose, code}]}`, JSON: a model wrote it. */
  readonly exercises: Uint8Array
}

export interface TestsRan {
  readonly baseline: BaselineSummary
  /** The whole report, JSON: what a later verification compares with. */
  readonly document: Uint8Array
}

export interface PatchApplied {
  /** Hex SHA-256 of the patched tree. */
  readonly treeHash: string
  readonly files: readonly string[]
}

export interface VerifyOrder {
  readonly work: Work
  readonly patch: Uint8Array
  readonly baseline: Uint8Array
  readonly sessions: Uint8Array
  readonly attempt: number
  readonly scope: readonly string[]
  readonly floorRaised: boolean
  readonly newModules: readonly string[]
  /** Whether a private package may become ES modules. */
  readonly esModules: boolean
  readonly findGreenSubset: boolean
}

export interface Verified {
  readonly attempt: AttemptSummary
  /** The verdict's body as canonical JSON: the same input gives the same bytes. */
  readonly body: string
  readonly treeHash: string
  readonly files: readonly string[]
  readonly before: Measures
  readonly after: Measures
  /** Git-appliable; undefined when red. */
  readonly diff: string | undefined
  /** The largest part of a red patch that is green, as a patch; undefined when there is none. */
  readonly greenSubset: Uint8Array | undefined
}

/**
 * The heavy work on a sandbox's trees: the engine's analysis and the verdict's gates. Runs beside the service, bounded
 * in memory and time, and is killed when the listener's signal aborts.
 */
export interface Gates {
  /** An order is to be expected soon. */
  prepare(): void
  analyze(sandboxId: string, work: Work, listener: Listener): Promise<Analyzed>
  characterize(sandboxId: string, order: CharacterizeOrder, listener: Listener): Promise<Characterized>
  exercise(sandboxId: string, order: ExerciseOrder, listener: Listener): Promise<Characterized>
  runTests(sandboxId: string, work: Work, sessions: Uint8Array | undefined, listener: Listener): Promise<TestsRan>
  applyPatch(sandboxId: string, patch: Uint8Array, signal: AbortSignal): Promise<PatchApplied>
  verify(sandboxId: string, order: VerifyOrder, listener: Listener): Promise<Verified>
}

/** Puts a verdict's body under a signature that only this service can make. */
export interface VerdictSigner {
  /** By which anyone can check what was sealed: in PEM (SPKI), and the hex SHA-256 of its DER. */
  readonly publicKey: { readonly pem: string; readonly fingerprint: string }
  /** The envelope as JSON: body, signature, key, and what is not the same in every run. */
  seal(body: string, facts: { readonly at: Date; readonly milliseconds: number }): Uint8Array
}

/** What the operators see. */
export interface Meter {
  provisioned(seconds: number, result: 'ok' | 'failed'): void
}
