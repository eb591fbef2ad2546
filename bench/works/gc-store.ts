import { mkdirSync } from "node:fs"
import type { Bench } from "../bench.ts"
import type { Image } from "../clients/image.ts"
import { startServer, type RunningServer } from "../servers/running-server.ts"
import type { Server } from "../servers/server.ts"
import { makeDue, writeBerthStore } from "../stores/berth-store.ts"
import { type Shape, countImages, getImage, listGarbage } from "../stores/images.ts"

export interface Store {
  directory: string
  root: string
  shape: Shape
  /** How much of the garbage was made due. */
  dueCount: number
}

export interface Variants {
  on: Server
  off: Server
  debugPort: number
}

export function shapeOf(blobs: number): Shape {
  return { blobs, garbage: Math.floor(blobs / 2) }
}

export async function createTables(server: Server, { directory, root }: Store): Promise<void> {
  mkdirSync(directory, { recursive: true })
  await (await startServer(server, { directory, root })).stop()
}

export function writeStore(bench: Bench, { root, shape }: Store): void {
  bench.progress(`writing ${shape.blobs} blobs and ${countImages(shape)} images`)
  const startedAt = performance.now()
  writeBerthStore(root, shape)
  bench.progress(`written in ${Math.round((performance.now() - startedAt) / 1000)} s`)
}

export async function withRunning<T>(
  server: Server,
  store: Store,
  use: (running: RunningServer) => Promise<T>,
): Promise<T> {
  const running = await startServer(server, store)
  try {
    return await use(running)
  } finally {
    await running.stop()
  }
}

export function takeGarbage(store: Store, count: number): void {
  makeDue(store.root, listGarbage(store.shape, store.dueCount, store.dueCount + count))
  store.dueCount += count
}

export function pick(shape: Shape): Image {
  return getImage(Math.floor(Math.random() * countImages(shape)))
}
