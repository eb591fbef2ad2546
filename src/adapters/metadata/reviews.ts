import { gcStatements, type RemovalRow, type ReviewKey } from "./gc-statements.ts"
import type { Connection } from "./prepared.ts"

/** Has it looked at, by the collector, when the grace period has passed since then (epoch ms). */
export async function queueReview(connection: Connection, key: ReviewKey, since: number): Promise<void> {
  await connection.run(gcStatements.queue, { ...key, since })
}

/** Likewise; what waits already keeps its time. */
export async function queueNew(connection: Connection, key: ReviewKey, since: number): Promise<void> {
  if ((await connection.find(gcStatements.findReview, key)) === undefined) await queueReview(connection, key, since)
}

/** For whoever asks later why it is not there. */
export async function noteRemoval(connection: Connection, removal: RemovalRow): Promise<void> {
  await connection.run(gcStatements.noteRemoval, removal)
}
