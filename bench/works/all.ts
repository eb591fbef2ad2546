import type { Work } from "../bench.ts"
import type { Sizes } from "../sizes.ts"
import { createAdoption } from "./adoption.ts"
import { createFilling } from "./filling.ts"
import { createGc } from "./gc.ts"
import { createManifestDuringPush } from "./manifest-during-push.ts"
import { createMemory } from "./memory.ts"
import { createPages } from "./pages.ts"
import { createPulls } from "./pull.ts"
import { createPush } from "./push.ts"
import { createRequests } from "./requests.ts"
import { createSmallImages } from "./small-images.ts"
import { createFilledStartup, createStartup } from "./startup.ts"

/** Gives all works, in the order in which they run. */
export function createWorks(sizes: Sizes): Work[] {
  const filling = createFilling()
  return [
    ...createPulls(sizes),
    createPush(sizes, 1),
    createPush(sizes, 4),
    createSmallImages(sizes),
    createRequests("manifest-get"),
    createRequests("manifest-head"),
    createRequests("blob-head"),
    createManifestDuringPush(sizes),
    createPages(sizes, filling, "tags"),
    createPages(sizes, filling, "repositories"),
    createStartup(sizes),
    createFilledStartup(sizes, filling),
    createAdoption(sizes),
    createGc(sizes),
    ...createMemory(sizes),
  ]
}
