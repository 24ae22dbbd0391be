import { preset } from '../../jest.preset.js'

export default preset('graph', import.meta.dirname)
