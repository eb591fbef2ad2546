import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { StoredCopy } from "../../ports/metadata/gc.ts"
import { gcStatements } from "./gc-statements.ts"
import { gcWalkStatements } from "./gc-walk-statements.ts"
import { manifestStatements } from "./manifest-statements.ts"
import { operation } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { queueNew, queueReview } from "./reviews.ts"

/** Repository for repository: its manifests, its references, its links; and then all blobs. */
const PARTS = ["manifests", "references", "links"] as const

type Part = (typeof PARTS)[number] | "blobs"

interface Place {
  part: Part
  repository: RepositoryName
  after: Digest
}

export const survey = operation(
  "gc.survey",
  async (connection, { position, limit }: { position: string; limit: number }): Promise<string | undefined> => {
    let place: Place | undefined = await parsePlace(connection, position)
    // A part without rows costs its look-up: it counts as one, or a step through empty repositories would have no end.
    for (let left = limit; place !== undefined && left > 0;) {
      const { looked, last } = await surveyPart(connection, place, left)
      left -= Math.max(1, looked)
      place = last === undefined ? await followPart(connection, place) : { ...place, after: last }
    }
    return place && [place.part, place.repository, place.after].join(" ")
  },
)

async function parsePlace(connection: Connection, position: string): Promise<Place> {
  if (position === "") return beginRepository(connection, "" as RepositoryName)
  const [part = "", repository = "", after = ""] = position.split(" ")
  return { part: part as Part, repository: repository as RepositoryName, after: after as Digest }
}

async function beginRepository(connection: Connection, after: RepositoryName): Promise<Place> {
  const next = await connection.find(gcWalkStatements.nextRepository, { after })
  const start = "" as Digest
  return next === undefined
    ? { part: "blobs", repository: "" as RepositoryName, after: start }
    : { part: "manifests", repository: next.name, after: start }
}

async function followPart(connection: Connection, { part, repository }: Place): Promise<Place | undefined> {
  if (part === "blobs") return undefined
  const next = PARTS[PARTS.indexOf(part) + 1]
  return next === undefined ? beginRepository(connection, repository) : { part: next, repository, after: "" as Digest }
}

interface Surveyed {
  looked: number
  /** Of the last row; `undefined` when the part is at its end. */
  last: Digest | undefined
}

async function surveyPart(
  connection: Connection,
  { part, repository, after }: Place,
  limit: number,
): Promise<Surveyed> {
  const step = { repository, after, limit }
  switch (part) {
    case "manifests":
      return eachRow(connection.list(gcWalkStatements.listManifests, step), limit, async (row) => {
        const { digest, deletedAt } = row
        if (deletedAt !== null) await queueReview(connection, { kind: "manifest", repository, digest }, deletedAt)
        else if (row.user === null) {
          const since = Math.max(row.createdAt, row.lastPulledAt ?? 0, row.usedAt ?? 0)
          await queueNew(connection, { kind: "untagged", repository, digest }, since)
        }
      })
    case "references":
      // Of a manifest that has ended, and has not let go of all yet.
      return eachRow(connection.list(gcWalkStatements.listReferring, step), limit, async ({ digest }) => {
        const manifest = await connection.find(manifestStatements.findRow, { repository, digest })
        if (manifest === undefined) await queueNew(connection, { kind: "manifest", repository, digest }, 0)
      })
    case "links":
      return eachRow(
        connection.list(gcWalkStatements.listLinks, step),
        limit,
        async ({ digest, user, touchedAt, deletedAt }) => {
          const since = Math.max(touchedAt, deletedAt ?? 0)
          if (user === null) await queueNew(connection, { kind: "link", repository, digest }, since)
        },
      )
    case "blobs":
      return eachRow(connection.list(gcWalkStatements.listBlobs, step), limit, async ({ digest, user, touchedAt }) => {
        if (user === null) await queueNew(connection, { kind: "blob", repository: "", digest }, touchedAt)
      })
  }
}

async function eachRow<Row extends { digest: Digest }>(
  rows: Promise<Row[]>,
  limit: number,
  look: (row: Row) => Promise<void>,
): Promise<Surveyed> {
  const all = await rows
  for (const row of all) await look(row)
  return { looked: all.length, last: all.length < limit ? undefined : all.at(-1)?.digest }
}

export const sight = operation(
  "gc.sight",
  async (
    connection,
    { objects, seenBefore }: { objects: readonly StoredCopy[]; seenBefore: number },
    at,
  ): Promise<Digest[]> => {
    const given: Digest[] = []
    for (const object of objects) if (await sightOne(connection, object, { seenBefore, at })) given.push(object.digest)
    return given
  },
)

/** Whether it was given up: the row that it gets keeps every later upload away from its key. */
async function sightOne(
  connection: Connection,
  object: StoredCopy,
  { seenBefore, at }: { seenBefore: number; at: number },
): Promise<boolean> {
  const seen = await connection.find(gcWalkStatements.findOrphan, object)
  if (!(await isOrphan(connection, object))) {
    if (seen !== undefined) await connection.run(gcWalkStatements.deleteOrphan, object)
    return false
  }
  if (seen === undefined) await connection.run(gcWalkStatements.putOrphan, { ...object, at })
  if (seen === undefined || seen.seenAt > seenBefore) return false
  await connection.run(gcWalkStatements.deleteOrphan, object)
  await connection.run(gcWalkStatements.giveUpOrphan, { ...object, at })
  return true
}

/** Distribution keeps manifests as blobs too, for which there is no row. What a link of its names is never an orphan. */
async function isOrphan(connection: Connection, object: StoredCopy): Promise<boolean> {
  if ((await connection.find(gcWalkStatements.findCopy, object)) !== undefined) return false
  const copies = await connection.list(gcStatements.listCopies, object)
  // A manifest names it, and only the link is missing: nobody else has these bytes.
  const isOnlyOne = !copies.some(({ state }) => state === "live")
  if (isOnlyOne && (await connection.find(gcStatements.anyReference, object)) !== undefined) return false
  // Distribution knows no later generation.
  if (object.generation > 0) return true
  if ((await connection.find(gcStatements.anyBase, object)) !== undefined) return false
  return (await connection.find(gcStatements.anyManifest, object)) === undefined
}
