import { preset } from '../../jest.preset.js'

// A namespace starts in milliseconds, but the machine may be busy with other suites.
export default { ...preset('sandbox', import.meta.dirname), testTimeout: 60_000 }
