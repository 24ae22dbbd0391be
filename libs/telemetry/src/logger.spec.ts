import { describe, expect, it } from '@jest/globals'
import { createLogger, type LogLevel } from './logger.ts'

const recording = (level: LogLevel = 'info') => {
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }
  return { lines, logger: createLogger({ service: 'jobs', version: '1.2.3', level, destination }) }
}

describe('a log line', () => {
  it('has the fields that every service’s lines have', () => {
    const { lines, logger } = recording()
    logger.info({ job_id: 'j-1', user_id: 'u-1' }, 'job started')
    expect(lines).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: 'info',
        service: 'jobs',
        version: '1.2.3',
        job_id: 'j-1',
        user_id: 'u-1',
        message: 'job started',
      },
    ])
  })

  it('holds no secret, in fields, errors, messages and children', () => {
    const { lines, logger } = recording()
    const child = logger.child({ component: 'db', password: 'hunter2' })
    child.warn({ token: 'hunter2', err: new Error('postgres://app:hunter2@db/x') }, 'with Bearer hunter2hunter2')
    child.error(new Error('Bearer hunter2hunter2'))
    expect(JSON.stringify(lines)).not.toContain('hunter2')
    expect(lines[0]).toMatchObject({
      level: 'warn',
      component: 'db',
      message: 'with Bearer [redacted]',
      err: { type: 'Error', message: 'postgres://app:[redacted]@db/x', stack: expect.stringContaining('logger.spec') },
    })
    expect(lines[1]).toMatchObject({ level: 'error', err: { message: 'Bearer [redacted]' } })
  })

  it('is not written below the level', () => {
    const { lines, logger } = recording('warn')
    logger.info('no')
    logger.warn('yes')
    expect(lines).toMatchObject([{ message: 'yes' }])
  })
})
