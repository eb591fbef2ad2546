import { type Work, listRegistries } from "../bench.ts"
import { type Connection, openConnection } from "../clients/connection.ts"
import { type Image, createImage, pullImage, pushImage } from "../clients/image.ts"
import { runRounds } from "../rounds.ts"
import type { Sizes } from "../sizes.ts"

const CLIENTS = 8
const REPOSITORIES = 20
const LAYER_SIZES = [4, 16, 28, 48, 64].map((kibibytes) => kibibytes * 1024)

/** Pushes many small images and pulls them again, by several clients at once. */
export function createSmallImages(sizes: Sizes): Work {
  const what = `${sizes.images} small images, ${CLIENTS} clients`
  const push = { name: "small-images-push", label: `push ${what}`, unit: "images/s", isLowerBetter: false }
  const pull = { name: "small-images-pull", label: `pull ${what}`, unit: "images/s", isLowerBetter: false }
  return {
    name: "small-images",
    metrics: [push, pull],
    run: async (bench) => {
      let current: { round: number; images: Image[] } | undefined
      await runRounds(bench, {
        work: "small-images",
        servers: listRegistries(bench),
        prepare: async () => undefined,
        measure: async ({ running }, _, round) => {
          // The same images for every server in a round, other ones in the next.
          if (current?.round !== round) current = { round, images: createImages(sizes.images, round) }
          const { images } = current
          return {
            [push.name]: await measureRate(running.port, images, (connection, image) => pushImage(connection, image)),
            [pull.name]: await measureRate(running.port, images, (connection, image) => pullImage(connection, image)),
          }
        },
      })
    },
  }
}

function createImages(count: number, round: number): Image[] {
  return Array.from({ length: count }, (_, index) =>
    createImage(`bench/app-${index % REPOSITORIES}`, `r${round}-${index}`, LAYER_SIZES),
  )
}

/** Gives images a second. */
async function measureRate(
  port: number,
  images: readonly Image[],
  handle: (connection: Connection, image: Image) => Promise<void>,
): Promise<number> {
  const connections = await Promise.all(Array.from({ length: CLIENTS }, () => openConnection(port)))
  const queue = images.values()
  const started = performance.now()
  try {
    await Promise.all(
      connections.map(async (connection) => {
        // One iterator for all: each takes the next image when it is done with its last.
        for (const image of queue) await handle(connection, image)
      }),
    )
    return (images.length * 1000) / (performance.now() - started)
  } finally {
    for (const connection of connections) connection.close()
  }
}
