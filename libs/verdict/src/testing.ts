export { LocalWorkbench } from './testing/local-workbench.ts'
