/** A bug that is put into a copy of the sources on purpose, to see that the tests find it. */
export interface Mutant {
  /** What is wrong with the copy, in a sentence. */
  bug: string
  /** Below the repository's root. */
  file: string
  /** Occurs exactly once in the file. */
  find: string
  replace: string
  /** The test that has to fail. */
  caughtBy: { file: string; test: string }
}
