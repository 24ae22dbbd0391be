import { preset } from '../../jest.preset.js'

export default preset('monitoring', import.meta.dirname)
