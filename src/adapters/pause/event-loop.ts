import type { Pause, Rest } from "../../ports/pause.ts"

/** Until the next turn of the event loop: an await of something that is ready lets no other request in. */
export const pauseForOthers: Pause = () => new Promise((resolve) => setImmediate(resolve))

/** For work that is alone. */
export const restForOthers: Rest = () => pauseForOthers().then(() => false)
