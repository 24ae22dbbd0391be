import { preset } from '../../jest.preset.js'

export default preset('context', import.meta.dirname)
