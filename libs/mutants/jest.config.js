import { preset } from '../../jest.preset.js'

export default preset('mutants', import.meta.dirname)
