import type { Pause } from "../../ports/pause.ts"

/** Until the next turn of the event loop: an await of something that is ready lets no other request in. */
export const pauseForOthers: Pause = () => new Promise((resolve) => setImmediate(resolve))
