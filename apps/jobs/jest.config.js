import { preset } from '../../jest.preset.js'

export default preset('jobs', import.meta.dirname)
