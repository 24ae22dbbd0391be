import { preset } from '../../jest.preset.js'

export default preset('messaging', import.meta.dirname)
