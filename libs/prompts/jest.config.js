import { preset } from '../../jest.preset.js'

export default preset('prompts', import.meta.dirname)
