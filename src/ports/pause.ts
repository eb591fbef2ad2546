/** Resolves when what else waits for the thread has had its turn. */
export type Pause = () => Promise<void>

/** A pause in work that nobody waits for. Gives whether somebody asked for something else since the one before. */
export type Rest = () => Promise<boolean>
