import { preset } from '../../jest.preset.js'

export default preset('service', import.meta.dirname)
