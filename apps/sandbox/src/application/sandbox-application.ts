import type { Clock, Ids } from '@iama/kernel'
import { AnalyzeCode } from './analyze-code.ts'
import { ApplyPatch } from './apply-patch.ts'
import { CharacterizeCode } from './characterize-code.ts'
import { CommandSession } from './command-session.ts'
import { DestroySession } from './destroy-session.ts'
import { EndIdleSessions } from './end-idle-sessions.ts'
import { EndSession } from './end-session.ts'
import { ExerciseCode } from './exercise-code.ts'
import { FindSession } from './find-session.ts'
import { GetWipeEvidence } from './get-wipe-evidence.ts'
import { InstallDependencies } from './install-dependencies.ts'
import type { Artifacts, Gates, Meter, SandboxRuntime, UnitOfWork, VerdictSigner } from './ports.ts'
import { ProvisionSession, type Place } from './provision-session.ts'
import { ReadFile } from './read-file.ts'
import { RunCommand } from './run-command.ts'
import { RunTests } from './run-tests.ts'
import { SweepLeftovers } from './sweep-leftovers.ts'
import { UploadFiles } from './upload-files.ts'
import { VerifyPatch } from './verify-patch.ts'

/** Everything that the use cases need of the world. */
export interface SandboxParts {
  readonly unitOfWork: UnitOfWork
  readonly runtime: SandboxRuntime
  readonly gates: Gates
  readonly artifacts: Artifacts
  readonly signer: VerdictSigner
  readonly meter: Meter
  readonly clock: Clock
  readonly ids: Ids
}

/** Every use case of the service. */
export class SandboxApplication {
  readonly provision: ProvisionSession
  readonly upload: UploadFiles
  readonly install: InstallDependencies
  readonly analyze: AnalyzeCode
  readonly characterize: CharacterizeCode
  readonly exercise: ExerciseCode
  readonly runTests: RunTests
  readonly applyPatch: ApplyPatch
  readonly verify: VerifyPatch
  readonly runCommand: RunCommand
  readonly readFile: ReadFile
  readonly destroy: DestroySession
  readonly wipeEvidence: GetWipeEvidence
  readonly sweep: SweepLeftovers
  readonly endIdle: EndIdleSessions

  constructor(parts: SandboxParts, place: Place) {
    const { unitOfWork, runtime, gates, artifacts, signer, clock } = parts
    const command = new CommandSession(unitOfWork, clock)
    const find = new FindSession(unitOfWork, runtime, command, place)
    const end = new EndSession(runtime, command)
    this.provision = new ProvisionSession({ ...parts, command }, parts, place)
    this.upload = new UploadFiles(find, runtime)
    this.install = new InstallDependencies(find, runtime, unitOfWork, clock)
    this.analyze = new AnalyzeCode(find, gates, artifacts)
    this.characterize = new CharacterizeCode(find, gates, artifacts)
    this.exercise = new ExerciseCode(find, gates, artifacts)
    this.runTests = new RunTests(find, gates, artifacts)
    this.applyPatch = new ApplyPatch(find, gates, artifacts)
    this.verify = new VerifyPatch({ find, gates, artifacts, signer }, clock)
    this.runCommand = new RunCommand(find, runtime)
    this.readFile = new ReadFile(find, runtime)
    this.destroy = new DestroySession(unitOfWork, find, end, command)
    this.wipeEvidence = new GetWipeEvidence(unitOfWork, find)
    this.sweep = new SweepLeftovers(runtime, end)
    this.endIdle = new EndIdleSessions(runtime, end)
  }
}
