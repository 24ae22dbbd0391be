import { preset } from '../../jest.preset.js'

export default preset('billing', import.meta.dirname)
