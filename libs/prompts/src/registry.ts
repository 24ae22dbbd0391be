import { clarify } from './clarify.ts'
import { mendOutput } from './mend-output.ts'
import type { ChatMessage, Prompt } from './prompt.ts'
import { proposal } from './proposal.ts'
import { characterization } from './characterization.ts'
import { reanalysis } from './reanalysis.ts'
import { refactor } from './refactor.ts'
import { repair } from './repair.ts'
import { score } from './score.ts'
import { spec } from './spec.ts'

/** A prompt whatever its inputs are. */
export interface RegisteredPrompt {
  readonly id: string
  readonly version: number
  /** What it renders for its samples. */
  renderSamples(): ChatMessage[][]
}

const registered = <Inputs>({ id, version, samples, render }: Prompt<Inputs>): RegisteredPrompt => ({
  id,
  version,
  renderSamples: () => samples.map((inputs) => render(inputs)),
})

/** Every prompt there is. */
export const prompts: readonly RegisteredPrompt[] = [
  registered(proposal),
  registered(score),
  registered(spec),
  registered(clarify),
  registered(reanalysis),
  registered(characterization),
  registered(refactor),
  registered(repair),
  registered(mendOutput),
]
