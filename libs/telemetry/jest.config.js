import { preset } from '../../jest.preset.js'

export default preset('telemetry', import.meta.dirname)
