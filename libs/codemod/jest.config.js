import { preset } from '../../jest.preset.js'

export default preset('codemod', import.meta.dirname)
