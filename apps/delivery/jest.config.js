import { preset } from '../../jest.preset.js'

export default preset('delivery', import.meta.dirname)
