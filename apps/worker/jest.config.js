import { preset } from '../../jest.preset.js'

export default preset('worker', import.meta.dirname)
