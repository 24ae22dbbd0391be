import { preset } from '../../jest.preset.js'

export default preset('kernel', import.meta.dirname)
