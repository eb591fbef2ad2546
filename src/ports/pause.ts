/** Resolves when what else waits for the thread has had its turn. */
export type Pause = () => Promise<void>
