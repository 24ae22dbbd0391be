import { preset } from '../../jest.preset.js'

export default preset('secrets', import.meta.dirname)
