/** How much each work does; a quick run only shows that all of it works. */
export interface Sizes {
  pullBlobs: number
  pullBytes: number
  pushBytes: number
  images: number
  requestSeconds: number
  pushLoopBytes: number
  pushLoopSeconds: number
  tags: number
  repositories: number
  /** A peer is filled for this long, not to a number: some need minutes for what others do in seconds. */
  peerFillSeconds: number
  pages: number
  starts: number
  idleSeconds: number
  memoryPushes: number
  memoryPushBytes: number
  connections: number
  slowSeconds: number
  gcBlobs: number
  gcPeerBlobs: number
  /** Of each measurement under load, with collection and without. */
  gcSeconds: number
}

const MIB = 1 << 20

export const FULL: Sizes = {
  pullBlobs: 8,
  pullBytes: 256 * MIB,
  pushBytes: 256 * MIB,
  images: 200,
  requestSeconds: 4,
  pushLoopBytes: 64 * MIB,
  pushLoopSeconds: 10,
  tags: 100_000,
  repositories: 100_000,
  peerFillSeconds: 10,
  pages: 200,
  starts: 7,
  idleSeconds: 5,
  memoryPushes: 64,
  memoryPushBytes: 256 * MIB,
  connections: 1000,
  slowSeconds: 20,
  gcBlobs: 1_000_000,
  gcPeerBlobs: 100_000,
  gcSeconds: 20,
}

export const QUICK: Sizes = {
  pullBlobs: 4,
  pullBytes: 16 * MIB,
  pushBytes: 16 * MIB,
  images: 20,
  requestSeconds: 1,
  pushLoopBytes: 8 * MIB,
  pushLoopSeconds: 2,
  tags: 2000,
  repositories: 2000,
  peerFillSeconds: 1,
  pages: 20,
  starts: 2,
  idleSeconds: 1,
  memoryPushes: 16,
  memoryPushBytes: 16 * MIB,
  connections: 100,
  slowSeconds: 4,
  gcBlobs: 20_000,
  gcPeerBlobs: 2000,
  gcSeconds: 1,
}

export function formatMiB(sizeBytes: number): string {
  return `${sizeBytes / MIB} MiB`
}
