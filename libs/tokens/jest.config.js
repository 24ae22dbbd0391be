import { preset } from '../../jest.preset.js'

export default preset('tokens', import.meta.dirname)
