import { preset } from '../../jest.preset.js'

export default preset('worktree', import.meta.dirname)
