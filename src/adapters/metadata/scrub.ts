import type { Digest } from "../../domain/digest.ts"
import type { BlobKey } from "../../ports/blob-store.ts"
import type { Damage, DamageReason, ScrubbedBlob, ScrubPass, ScrubRecords } from "../../ports/metadata/scrub.ts"
import { operation, type Write } from "./operation.ts"
import { readPage } from "./pages.ts"
import type { Connection } from "./prepared.ts"
import { noteRemoval } from "./reviews.ts"
import { scrubStatements } from "./scrub-statements.ts"

const openScrub = operation("scrub.open", async (connection): Promise<{ wasUnclean: boolean }> => {
  const row = await connection.find(scrubStatements.find, {})
  await connection.run(scrubStatements.setOpen, { isOpen: 1 })
  return { wasUnclean: row?.is_open === 1 }
})

const closeScrub = operation("scrub.close", async (connection): Promise<void> => {
  await connection.run(scrubStatements.setOpen, { isOpen: 0 })
})

const advance = operation(
  "scrub.advance",
  async (connection, { pass, verified }: { pass: ScrubPass; verified: ScrubbedBlob[] }, at): Promise<void> => {
    const { startedAt, endedAt, ...counts } = pass
    await connection.run(scrubStatements.putPass, { ...counts, started_at: startedAt, ended_at: endedAt ?? null })
    for (const blob of verified) await connection.run(scrubStatements.verify, { ...blob, at })
  },
)

const putVerified = operation("scrub.putVerified", async (connection, verified: ScrubbedBlob[], at): Promise<void> => {
  for (const blob of verified) await connection.run(scrubStatements.verify, { ...blob, at })
})

const correctSize = operation(
  "scrub.correctSize",
  async (connection, input: ScrubbedBlob & { correct: number }, at): Promise<boolean> =>
    (await connection.run(scrubStatements.correctSize, { ...input, at })) > 0,
)

const condemn = operation(
  "scrub.condemn",
  async (connection, { blob, reason }: { blob: ScrubbedBlob; reason: DamageReason }, at): Promise<boolean> => {
    if ((await connection.run(scrubStatements.condemn, blob)) === 0) return false
    const { digest, generation } = blob
    const damage = { kind: "blob" as const, digest, generation, reason, is_condemned: 1, content: null, at }
    await connection.run(scrubStatements.insertDamage, damage)
    return true
  },
)

const acquit = operation("scrub.acquit", async (connection, key: BlobKey, at): Promise<void> => {
  const live = await connection.find(scrubStatements.hasLive, key)
  // Beside a live copy there can be no second one.
  const next =
    live === undefined
      ? { state: "live" as const, condemnedAt: null }
      : { state: "condemned" as const, condemnedAt: at }
  await connection.run(scrubStatements.setState, { ...key, ...next })
  await connection.run(scrubStatements.deleteDamage, key)
})

const noteDamage = operation(
  "scrub.note",
  async (connection, { key, reason }: { key: BlobKey; reason: DamageReason }, at): Promise<boolean> => {
    const known = await connection.find(scrubStatements.findDamage, key)
    const blob = await connection.find(scrubStatements.findBlob, key)
    const isKnown = known?.reason === reason && (blob?.verifiedAt ?? 0) <= known.foundAt
    if (blob === undefined || isKnown) return false
    const damage = { kind: "blob" as const, ...key, reason, is_condemned: 0, content: null, at }
    await connection.run(scrubStatements.insertDamage, damage)
    return true
  },
)

const putMoved = operation(
  "scrub.putMoved",
  async (connection, { movedTo, ...key }: BlobKey & { movedTo: string }, at): Promise<void> => {
    await connection.run(scrubStatements.putMoved, { ...key, movedTo })
    const removal = { kind: "blob", repository: "", digest: key.digest, actor: "scrub", reason: "damaged", at } as const
    await noteRemoval(connection, removal)
    // The row has no object any more: the collector may forget it.
    await connection.run(scrubStatements.setState, { ...key, state: "deleting", condemnedAt: at })
  },
)

const forgetDamage = operation("scrub.forgetDamage", async (connection, ids: number[]): Promise<void> => {
  for (const id of ids) await connection.run(scrubStatements.forget, { id })
})

const condemnManifest = operation(
  "scrub.condemnManifest",
  async (connection, { digest, bytes }: { digest: Digest; bytes: Uint8Array }, at): Promise<void> => {
    if ((await connection.run(scrubStatements.deleteBody, { digest, bytes })) === 0) return
    const damage = { kind: "manifest" as const, digest, generation: 0, reason: "changed" as const }
    await connection.run(scrubStatements.insertDamage, { ...damage, is_condemned: 1, content: bytes, at })
  },
)

export const scrubOperations = [
  openScrub,
  closeScrub,
  advance,
  putVerified,
  correctSize,
  condemn,
  acquit,
  noteDamage,
  putMoved,
  forgetDamage,
  condemnManifest,
]

/** Rows of one step through the list of damage. */
const STEP = 500

export function createScrubRecords(read: Connection, write: Write): ScrubRecords {
  async function* walkDamage(): AsyncGenerator<Damage> {
    for (let after = 0; ;) {
      const rows = await read.list(scrubStatements.listDamage, { after, limit: STEP })
      yield* rows.map(toDamage)
      const last = rows.at(-1)
      if (last === undefined || rows.length < STEP) return
      after = last.id
    }
  }

  return {
    open: () => write(openScrub, undefined),
    close: () => write(closeScrub, undefined),
    async findPass() {
      const row = await read.find(scrubStatements.find, {})
      if (row === undefined || row.started_at === null) return undefined
      const { started_at: startedAt, ended_at: endedAt, position, objects, bytes, damaged } = row
      return { startedAt, ...(endedAt !== null && { endedAt }), position, objects, bytes, damaged }
    },
    advance: (pass, verified) => write(advance, { pass, verified }),
    putVerified: (verified) => write(putVerified, verified),
    async listBlobs({ limit, after }) {
      const from = after ?? { digest: "" as Digest, generation: 0 }
      const rows = await read.list(scrubStatements.listBlobs, { ...from, limit: limit + 1 })
      return { items: rows.slice(0, limit), hasMore: rows.length > limit }
    },
    async listLatest(spanMs, limit) {
      const latest = (await read.find(scrubStatements.latest, {}))?.at ?? 0
      return read.list(scrubStatements.listLatest, { since: latest - spanMs, limit })
    },
    find: ({ digest, generation }) => read.find(scrubStatements.findBlob, { digest, generation }),
    listGenerations: (digest) => read.list(scrubStatements.listGenerations, { digest }),
    correctSize: (blob, sizeBytes) => write(correctSize, { ...blob, correct: sizeBytes }),
    condemn: (blob, reason) => write(condemn, { blob, reason }),
    acquit: ({ digest, generation }) => write(acquit, { digest, generation }),
    note: ({ digest, generation }, reason) => write(noteDamage, { key: { digest, generation }, reason }),
    putMoved: ({ digest, generation }, movedTo) => write(putMoved, { digest, generation, movedTo }),
    listUnmoved: (limit) => read.list(scrubStatements.listUnmoved, { limit }),
    listDamageOf: async (digest, limit) =>
      (await read.list(scrubStatements.listDamageOf, { digest, limit })).map(toDamage),
    async listDamage({ limit, last }) {
      const rows = await read.list(scrubStatements.listDamage, { after: Number(last ?? 0) || 0, limit: limit + 1 })
      return { items: rows.slice(0, limit).map(toDamage), hasMore: rows.length > limit }
    },
    async countDamage() {
      // Of some there are several copies.
      const open = new Set<string>()
      for await (const { kind, digest, state } of walkDamage()) if (state === "open") open.add(`${kind} ${digest}`)
      return open.size
    },
    async forgetDamage(before) {
      let ids: number[] = []
      const forget = async (): Promise<void> => {
        if (ids.length > 0) await write(forgetDamage, ids)
        ids = []
      }
      for await (const { id, state, foundAt } of walkDamage()) {
        if (state !== "open" && foundAt < before) ids.push(id)
        if (ids.length === STEP) await forget()
      }
      await forget()
    },
    async listManifests(page) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(scrubStatements.listManifests, { after, limit }),
      )
      return { items: items.map(({ digest }) => digest), hasMore }
    },
    condemnManifest: (digest, bytes) => write(condemnManifest, { digest, bytes }),
  }
}

interface DamageRow extends Omit<Damage, "movedTo" | "state"> {
  movedTo: string | null
  copy: Digest | null
  body: Digest | null
  link: Digest | null
  manifest: Digest | null
}

function toDamage({ movedTo, copy, body, link, manifest, ...row }: DamageRow): Damage {
  const [whole, user] = row.kind === "blob" ? [copy, link] : [body, manifest]
  const state = whole !== null ? "repaired" : user === null ? "unneeded" : "open"
  return { ...row, ...(movedTo !== null && { movedTo }), state }
}
