import { preset } from '../../jest.preset.js'

export default preset('patch', import.meta.dirname)
