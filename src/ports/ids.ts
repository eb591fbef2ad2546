export interface Ids {
  /** A new identifier that nobody can guess: a random UUID. */
  create(): string
}
