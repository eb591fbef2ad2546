/** Looks at one thing that the registry depends on. Rejects with an Error whose message says what is wrong with it. */
export interface Probe {
  /** What operators see it called; different for each. */
  readonly name: string
  check(): Promise<void>
}
