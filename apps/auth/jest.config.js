import { preset } from '../../jest.preset.js'

export default preset('auth', import.meta.dirname)
