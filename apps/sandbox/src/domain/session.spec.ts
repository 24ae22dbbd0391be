import { describe, expect, it } from '@jest/globals'
import { specification } from '@iama/testing'
import { fold } from '@iama/kernel'
import fc from 'fast-check'
import {
  expectReady,
  NotBeingDestroyed,
  sessionDecider,
  SessionEnded,
  SessionNotFound,
  type SessionCommand,
  type SessionEvent,
} from './session.ts'
import type { WipeEvidence } from './wipe-evidence.ts'

const { given } = specification(sessionDecider)
const asked = { sessionId: 's', tenantId: 't', jobId: 'j', requestId: 'r', address: 'host:1' }
const evidence: WipeEvidence = {
  sandboxId: 's',
  tenantId: 't',
  reason: 'destroyed',
  ...{ files: 1, directories: 1, symlinks: 0, bytes: 2, processesKilled: 0 },
  startedAt: new Date(0),
  finishedAt: new Date(1),
  verification: ['gone'],
}
const started: SessionEvent = { type: 'ProvisioningStarted', ...asked }
const ready: SessionEvent = { type: 'SessionReady' }
const destroying: SessionEvent = { type: 'DestructionStarted', reason: 'asked' }
const lost: SessionEvent = { type: 'SessionLost' }
const wiped: SessionEvent = { type: 'SessionWiped', evidence }
const recordWipe: SessionCommand = { type: 'RecordWipe', evidence }

describe('a sandbox session', () => {
  it('is provisioned once', () => {
    given([])
      .when({ type: 'Provision', ...asked })
      .then([started])
    given([started])
      .when({ type: 'Provision', ...asked })
      .thenRefuses(SessionEnded)
    given([started]).when({ type: 'ConfirmReady' }).then([ready])
    given([started, ready]).when({ type: 'ConfirmReady' }).thenRefuses(SessionEnded)
  })

  it('fails when it could not be made', () => {
    given([started])
      .when({ type: 'Abandon' })
      .then([{ type: 'SessionFailed' }])
    given([started, ready]).when({ type: 'Abandon' }).thenNothing()
  })

  it('is destroyed, then wiped, and repeating changes nothing', () => {
    given([started, ready]).when({ type: 'Destroy', reason: 'asked' }).then([destroying])
    given([started, ready, destroying]).when({ type: 'Destroy', reason: 'idle' }).thenNothing()
    given([started, ready, destroying]).when(recordWipe).then([wiped])
    given([started, ready, destroying, wiped]).when(recordWipe).thenNothing()
    given([started, ready, destroying, wiped]).when({ type: 'Destroy', reason: 'asked' }).thenNothing()
  })

  it('is never called wiped while it is in use', () => {
    given([started, ready]).when(recordWipe).thenRefuses(NotBeingDestroyed)
    given([]).when({ type: 'Destroy', reason: 'asked' }).thenRefuses(SessionNotFound)
  })

  it('gets lost with its replica, and its leftovers are wiped later', () => {
    given([started, ready]).when({ type: 'Lose' }).then([lost])
    given([started, ready, lost]).when(recordWipe).then([wiped])
    given([started, ready, lost]).when({ type: 'Lose' }).thenNothing()
    given([started, ready, destroying]).when({ type: 'Lose' }).thenNothing()
    given([started, ready, lost, destroying]).thenState({ endReason: 'lost', status: 'DESTROYING' })
  })

  it('works only while it is ready', () => {
    expect(() => expectReady(fold(sessionDecider, [started, ready]))).not.toThrow()
    for (const history of [[started], [started, ready, destroying], [started, ready, lost]]) {
      expect(() => expectReady(fold(sessionDecider, history))).toThrow(SessionEnded)
    }
  })

  it('stays wiped whatever comes', () => {
    const commands: SessionCommand[] = [
      { type: 'Provision', ...asked },
      { type: 'ConfirmReady' },
      { type: 'Abandon' },
      { type: 'Destroy', reason: 'asked' },
      { type: 'Lose' },
      recordWipe,
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...commands), { maxLength: 30 }), (sequence) => {
        let session = sessionDecider.initial
        let wasWiped = false
        for (const command of sequence) {
          try {
            for (const event of sessionDecider.decide(command, session)) session = sessionDecider.evolve(session, event)
          } catch {
            // a refusal changes nothing
          }
          if (wasWiped) expect(session.status).toBe('WIPED')
          wasWiped ||= session.status === 'WIPED'
        }
      }),
    )
  })
})
