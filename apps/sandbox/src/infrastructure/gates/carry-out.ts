import { analyzeTree } from './analyze-tree.ts'
import { applyToTree } from './apply-to-tree.ts'
import { characterizeTree } from './characterize-tree.ts'
import { exerciseTree } from './exercise-tree.ts'
import type { Answers, Order } from './protocol.ts'
import type { RemoteWorkbench } from './remote-workbench.ts'
import { runTestsOfTree } from './run-tests-of-tree.ts'
import type { Telling } from './telling.ts'
import { verifyTree } from './verify-tree.ts'

/** Does what an order says. */
export const carryOut = async (
  order: Order,
  workbench: RemoteWorkbench,
  telling: Telling,
): Promise<Answers[keyof Answers]> => {
  switch (order.type) {
    case 'analyze':
      return await analyzeTree(workbench, order, telling)
    case 'characterize':
      return await characterizeTree(workbench, order, telling)
    case 'exercise':
      return await exerciseTree(workbench, order, telling)
    case 'runTests':
      return await runTestsOfTree(workbench, order, telling)
    case 'applyPatch':
      return await applyToTree(workbench, order.patch)
    case 'verify':
      return await verifyTree(workbench, order, telling)
  }
}
