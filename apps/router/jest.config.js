import { preset } from '../../jest.preset.js'

export default preset('router', import.meta.dirname)
