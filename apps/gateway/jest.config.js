import { preset } from '../../jest.preset.js'

export default preset('gateway', import.meta.dirname)
