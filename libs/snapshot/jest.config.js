import { preset } from '../../jest.preset.js'

export default preset('snapshot', import.meta.dirname)
