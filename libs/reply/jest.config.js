import { preset } from '../../jest.preset.js'

export default preset('reply', import.meta.dirname)
