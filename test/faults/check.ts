import { WrongAnswerError, type Client } from "./client.ts"
import { contentBytes, digestOf } from "./content.ts"
import { readLedger } from "./ledger.ts"
import { SHARED } from "./operations/mount-blob.ts"
import { randomWay, upload } from "./operations/upload.ts"
import { replay, type Oracle } from "./oracle.ts"
import type { Pusher } from "./pusher.ts"
import type { Random } from "./random.ts"
import { settle } from "./settle.ts"
import type { Totals } from "./totals.ts"
import { verifyCatalog, verifyRepository } from "./verify.ts"

export interface Round {
  random: Random
  oracle: Oracle
  pushers: Pusher[]
  totals: Totals
}

/** Blobs that every worker mounts, before the first kill. */
export async function fillShared({ oracle, random }: Round, client: Client): Promise<void> {
  const turn = { client, oracle, repository: oracle.get(SHARED), random }
  for (let seed = 1000; seed < 1008; seed++) {
    const content = { seed, sizeBytes: random.between(1, 20_000) }
    await upload(turn, digestOf(contentBytes(content)), content, randomWay(random))
  }
}

/** What became of each change that a kill left without an answer. */
export async function settleAll({ pushers, totals }: Round, client: Client): Promise<void> {
  const settled = await Promise.all(pushers.map((pusher) => settle(pusher.turn(client))))
  for (const { happened, upload } of settled) {
    if (happened !== undefined) totals.unanswered++
    if (happened === true) totals.made++
    if (upload === "resumed") totals.resumed++
    if (upload === "begun anew") totals.anew++
    if (upload === "forgotten") totals.forgotten++
  }
}

/** All that is being worked on, and some of what was left earlier. */
export async function verifySome({ oracle, pushers, random, totals }: Round, client: Client): Promise<void> {
  const all = [...oracle.repositories.values()]
  const some = new Set(pushers.map((pusher) => pusher.turn(client).repository))
  for (let n = 0; n < 4; n++) some.add(random.pick(all) ?? oracle.get(SHARED))
  for (const repository of some) totals.verified += await verifyRepository(client, repository)
}

/** Every promise that stands on the ledger, read anew from its file. */
export async function verifyAll({ oracle, totals }: Round, client: Client, path: string): Promise<void> {
  const read = replay(readLedger(path))
  if (read.ackedCount() !== oracle.ackedCount())
    throw new WrongAnswerError("the ledger does not tell what the oracle did")
  for (const repository of read.repositories.values()) totals.verified += await verifyRepository(client, repository)
  await verifyCatalog(client, read.repositories.values())
}
