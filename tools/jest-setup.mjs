import { expect, jest } from '@jest/globals'

// Real servers have to start and to be killed; a pure test that takes Jest's 5 s is broken.
if (expect.getState().testPath?.endsWith('.int.spec.ts')) jest.setTimeout(30_000)
