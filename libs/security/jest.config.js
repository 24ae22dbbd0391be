import { preset } from '../../jest.preset.js'

export default preset('security', import.meta.dirname)
