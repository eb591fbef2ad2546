import type { Event } from "./past.ts"
import type { Plot } from "./play.ts"
import { OF_IMAGES } from "./stories/images.ts"
import { OF_LAYERS } from "./stories/layers.ts"
import { OF_PURGES } from "./stories/purges.ts"
import { OF_UNDOING } from "./stories/undoing.ts"
import { OF_UNTAGGED } from "./stories/untagged.ts"

/** One client and the collector, one after the other. Each call has to have the outcome that the model knows. */
const LIVES: Readonly<Record<string, readonly Event[]>> = { ...OF_IMAGES, ...OF_LAYERS, ...OF_UNDOING, ...OF_PURGES }

export const STORIES: Readonly<Record<string, Plot>> = Object.fromEntries([
  ...Object.entries(LIVES).map(([name, past]) => [name, { past, clients: [] }]),
  ...Object.entries(OF_UNTAGGED).map(([name, past]) => [
    `where untagged ones go: ${name}`,
    { past, clients: [], untaggedHours: 48 },
  ]),
]) as Record<string, Plot>
