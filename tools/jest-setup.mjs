import { expect, jest } from '@jest/globals'

// Real servers have to start and to be killed; a pure test that takes Jest's 5 s is broken.
const { testPath = '' } = expect.getState()
if (testPath.endsWith('.int.spec.ts') || testPath.includes('/apps/e2e/')) jest.setTimeout(30_000)
