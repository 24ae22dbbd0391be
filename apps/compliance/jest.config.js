import { preset } from '../../jest.preset.js'

export default preset('compliance', import.meta.dirname)
