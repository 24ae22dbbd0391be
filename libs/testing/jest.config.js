import { preset } from '../../jest.preset.js'

export default preset('testing', import.meta.dirname)
