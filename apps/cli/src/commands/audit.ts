import type { AuditRecord } from '@iama/contracts/iama/compliance/v1/service'

import { clientsOf, type Cli } from '../cli.ts'
import type { Clients } from '../client.ts'
import { ExitCode } from '../exit-code.ts'
import { count } from '../view/format.ts'
import { oneLine } from '../view/style.ts'

const PAGE = 500
const NO_HASH = '0'.repeat(64)

/** What is wrong with a link when seen from the one before; undefined when it fits. */
export const brokenLink = (record: AuditRecord, previous: AuditRecord | undefined): string | undefined => {
  const position = (previous?.position ?? 0n) + 1n
  if (record.position !== position) return `record ${position} is missing`
  const expected = previous?.hash ?? NO_HASH
  return record.previousHash === expected ? undefined : `record ${record.position} does not follow the one before it`
}

/** Reads the whole chain and looks at each joint itself, so that the server's word is not all there is. */
const checkJoints = async (
  cli: Cli,
  clients: Clients,
): Promise<{ problem?: string; head: string; records: bigint }> => {
  let previous: AuditRecord | undefined
  let pageToken = ''
  do {
    const page = await clients.compliance.listAuditRecords({ pageSize: PAGE, pageToken }, { signal: cli.signal })
    for (const record of page.records) {
      const problem = brokenLink(record, previous)
      if (problem !== undefined) return { problem, head: '', records: record.position }
      previous = record
    }
    pageToken = page.nextPageToken
    cli.out.status(`… ${previous?.position ?? 0} records`)
  } while (pageToken !== '')
  cli.out.status('')
  return { head: previous?.hash ?? NO_HASH, records: previous?.position ?? 0n }
}

/** `iama audit verify`: the tenant's audit chain, recomputed by the server and followed here link by link. */
export const auditVerify = async (cli: Cli): Promise<ExitCode> => {
  const clients = await clientsOf(cli)
  const answer = await clients.compliance.verifyAudit({}, { signal: cli.signal })
  const joints = await checkJoints(cli, clients)
  const problem = answer.valid ? joints.problem : `record ${answer.firstBrokenPosition}: ${oneLine(answer.reason)}`
  const records = answer.records > joints.records ? answer.records : joints.records
  cli.out.event({ type: 'audit', valid: problem === undefined, records: Number(records), problem: problem ?? null })
  if (problem !== undefined) {
    cli.out.note(cli.out.noteStyle.red(`the audit chain is broken: ${problem}`))
    return ExitCode.jobFailed
  }
  cli.out.data(`${count(Number(records), 'record')}, every link fits\n`)
  return ExitCode.ok
}
