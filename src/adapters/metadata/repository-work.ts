import type { Write } from "./operation.ts"

export interface WorkStep {
  isDone: boolean
}

/** How many rows one step looks at. */
export interface StepSize {
  stepRows: number
}

/** What is done to a repository in steps. Each is one transaction, which puts on record how far it is. */
export interface Work<Step extends WorkStep> {
  /** `undefined`: there is nothing to do. */
  begin: (write: Write, stepRows: number) => Promise<Step | undefined>
  proceed: (write: Write, stepRows: number) => Promise<Step>
  /** Of two steps, one after the other. */
  add: (sum: Step, step: Step) => Step
  /** Called between two steps. */
  pass: () => void
}
