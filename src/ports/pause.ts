/** Resolves when what else waits for the thread has had its turn. */
export type Pause = () => Promise<void>

/** A pause in work that nobody waits for. Gives whether somebody asked for something else since the one before. */
export interface Rest {
  (): Promise<boolean>
  /** The work begins now: the time before it is no part of it. */
  begin?: () => void
}
