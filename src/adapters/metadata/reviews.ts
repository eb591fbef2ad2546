import type { ManifestKey } from "../../ports/metadata/manifests.ts"
import { gcStatements, type RemovalRow, type ReviewKey } from "./gc-statements.ts"
import { manifestStatements } from "./manifest-statements.ts"
import type { Connection } from "./prepared.ts"

/** Has it looked at, by the collector, when the grace period has passed since then (epoch ms). */
export async function queueReview(connection: Connection, key: ReviewKey, since: number): Promise<void> {
  await connection.run(gcStatements.queue, { ...key, since })
}

/** Likewise; what waits already keeps its time. */
export async function queueNew(connection: Connection, key: ReviewKey, since: number): Promise<void> {
  if ((await connection.find(gcStatements.findReview, key)) === undefined) await queueReview(connection, key, since)
}

/**
 * Has a manifest looked at that perhaps no tag and no index names any more. The queue is emptied where such ones stay: the
 * time is on record in the manifest too, and counts from the day on which they no longer do.
 */
export async function queueUntagged(connection: Connection, manifest: ManifestKey, since: number): Promise<void> {
  const { repository, digest } = manifest
  await queueReview(connection, { kind: "untagged", repository, digest }, since)
  await connection.run(manifestStatements.markUsed, { repository, digest, at: since })
}

/** For whoever asks later why it is not there. */
export async function noteRemoval(connection: Connection, removal: RemovalRow): Promise<void> {
  await connection.run(gcStatements.noteRemoval, removal)
}
