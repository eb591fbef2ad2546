import type { Command } from "commander"
import type { DigestView, GcView } from "../contract/gc.ts"
import type { ListPage } from "../contract/pages.ts"
import type { DamageView } from "../contract/scrub.ts"
import type { Digest } from "../domain/digest.ts"
import { addSeconds } from "../domain/timestamp.ts"
import { asArgument } from "./argument.ts"
import type { CommandContext } from "./command.ts"
import { LISTING, addOperatorOptions, ask, withOperator, type OperatorCall, type OperatorOptions } from "./operator.ts"
import { parseWholeDigest } from "./short-digests.ts"
import { printBytes, printSpan, printTime } from "./table.ts"

export function registerWhy(program: Command, context: CommandContext): void {
  addOperatorOptions(
    program.command("why").argument("<digest>", "of a blob or a manifest", asArgument(parseWholeDigest)),
  )
    .description("tell why these bytes are here, or when and why they went")
    .action((digest: Digest, options: OperatorOptions) =>
      withOperator(context, options, (call) => explain(call, digest), LISTING),
    )
}

async function explain({ deps, operator, options }: OperatorCall<OperatorOptions>, digest: Digest): Promise<void> {
  const found = await ask<DigestView>(operator, `/digests/${digest}`)
  const { rules } = await ask<GcView>(operator, "/gc")
  const damage = await ask<ListPage<DamageView>>(operator, `/scrub/damage?digest=${digest}`)
  const missingSince = damage.items.find(({ reason, state }) => reason === "missing" && state === "open")?.foundAt
  const known = missingSince === undefined ? found : { ...found, missingSince }
  deps.out(options.json === true ? `${JSON.stringify(known)}\n` : describe(known, rules))
}

/** `missingSince`: when it was found that the file is gone. */
type Known = DigestView & { missingSince?: string }

function describe(found: Known, rules: Rules): string {
  const lines = [
    ...describeHolders(found, rules),
    ...describeCopies(found, rules),
    ...describeSetAside(found),
    ...found.removals.map(
      ({ kind, repository, at, actor, reason }) =>
        `${printTime(at)} UTC: the ${kind}${repository === undefined ? "" : ` in ${repository}`} ${REASONS[reason] ?? reason} (${actor})`,
    ),
  ]
  return `${(lines.length === 0 ? [`nothing is known of ${found.digest}`] : lines).join("\n")}\n`
}

type Rules = GcView["rules"]

function describeHolders(found: DigestView, rules: Rules): string[] {
  const { manifests, referencedBy, links } = found
  return [
    ...manifests.map((manifest) => {
      const { repository, tags, deletedAt, isPurged = false, lastPulledAt, keptBy } = manifest
      if (deletedAt !== undefined)
        return `deleted from ${repository} on ${printTime(deletedAt)} UTC; ${describeUndo(deletedAt, isPurged, rules)}`
      const names = tags.length === 0 ? "no tag" : tags.join(", ")
      const kept =
        keptBy === undefined
          ? describeStay(found, manifest, rules)
          : `; it stays with ${keptBy}, to which it belongs by a subject`
      return `a manifest of ${repository}: ${names}; last pulled ${printTime(lastPulledAt)}${kept}`
    }),
    ...referencedBy.map(({ repository, manifest, kind, deletedAt, isPurged }) => {
      const until = deletedAt === undefined ? "" : ` until ${after(deletedAt, rules.graceSeconds)}`
      const state = isPurged === true ? "which was purged" : `which is deleted and can be restored${until}`
      return `${kind} of ${repository}@${manifest}${deletedAt === undefined ? "" : `, ${state}`}`
    }),
    ...links.map(({ repository, touchedAt, deletedAt }) =>
      deletedAt === undefined
        ? `a blob of ${repository}, last asked for or pushed ${printTime(touchedAt)} UTC${describeNames(found, repository)}`
        : `deleted from ${repository} on ${printTime(deletedAt)} UTC`,
    ),
  ]
}

function describeUndo(deletedAt: string, isPurged: boolean, rules: Rules): string {
  if (isPurged) return "it was purged, and goes when garbage is collected next"
  return `it can be restored until ${after(deletedAt, rules.graceSeconds)}`
}

/** Of a manifest that nothing else keeps: as the collector counts, which keeps none for less than it keeps a blob. */
function describeStay(
  { referencedBy, reviews }: DigestView,
  { repository, tags, lastPulledAt }: DigestView["manifests"][number],
  rules: Rules,
): string {
  const isNamed = referencedBy.some((each) => each.repository === repository && each.kind !== "subject")
  if (tags.length > 0 || isNamed || referencedBy.length >= LISTED) return ""
  const { untaggedSeconds, graceSeconds } = rules
  if (untaggedSeconds === undefined) return "; no index names it, and it stays: gc.untagged is keep"
  const ageSeconds = Math.max(untaggedSeconds, BLOB_GRACES * graceSeconds)
  const review = reviews.find((each) => each.kind === "untagged" && each.repository === repository)
  const last = latest([review?.since, lastPulledAt])
  const rule = "it goes when it was not pushed, pulled, tagged or named"
  const date = last === undefined ? "" : `, not before ${after(last, ageSeconds)}`
  return `; no index names it, ${rule} for ${printSpan(ageSeconds)} (gc.untagged)${date}`
}

function describeNames({ referencedBy }: DigestView, repository: string): string {
  const isNamed = referencedBy.length >= LISTED || referencedBy.some((each) => each.repository === repository)
  return isNamed ? "" : "; no manifest there names it"
}

/** What the server lists of a kind: of more it is not known what is among them. */
const LISTED = 100
/** The collector leaves blobs for this many grace periods. */
const BLOB_GRACES = 1.5

function after(time: string, seconds: number): string {
  return `${printTime(addSeconds(time, seconds))} UTC`
}

/** The times are of one form, whose order is that of the text. */
function latest(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1)
}

function describeSetAside({ copies, setAside }: DigestView): string[] {
  const isRepaired = copies.some(({ state }) => state === "live")
  const next = isRepaired
    ? "a push of it has repaired every repository"
    : "the next push of it repairs every repository"
  return setAside.map(({ name }) => `damaged: set aside in berth/quarantine/${name}; ${next}`)
}

function describeCopies(
  { copies, links, manifests, referencedBy, setAside, missingSince }: Known,
  rules: Rules,
): string[] {
  const isThere = (generation: number, state: string) =>
    state !== "deleting" || !setAside.some((aside) => aside.generation === generation)
  // What a reader is after stands first: the copy that is pulled.
  const there = copies
    .filter(({ generation, state }) => isThere(generation, state))
    .toSorted((a, b) => Number(b.state === "live") - Number(a.state === "live"))
  const hasLive = there[0]?.state === "live"
  return there.map(({ generation, state, sizeBytes, touchedAt, condemnedAt }) => {
    const size = printBytes(sizeBytes)
    if (state === "live" && missingSince !== undefined)
      return `missing, ${size}: its file was not there on ${printTime(missingSince)} UTC; push it again`
    if (hasLive && state !== "live") return `an earlier copy, ${size}, is being removed; the one above stays`
    if (state === "deleting") return `stored, ${size}: it is being removed`
    if (state === "condemned" && condemnedAt !== undefined)
      return `stored, ${size}: nothing needs it, it goes ${printSpan(rules.sweepDelaySeconds)} after ${printTime(condemnedAt)} UTC`
    // The first of all are what registry:2 wrote, where a manifest is a blob as well.
    const isNeeded = referencedBy.length > 0 || (generation === 0 && manifests.length > 0) || links.length >= LISTED
    if (isNeeded) return `stored, ${size}`
    // A repository that has it keeps it for as long as the bytes are kept for whoever was told of them.
    const last = latest([touchedAt, ...links.flatMap((link) => [link.touchedAt, link.deletedAt])]) ?? touchedAt
    const delay = printSpan(rules.sweepDelaySeconds)
    return `stored, ${size}: no manifest needs it; it is condemned after ${after(last, BLOB_GRACES * rules.graceSeconds)}, and goes ${delay} later`
  })
}

const REASONS: Readonly<Record<string, string>> = {
  deleted: "was deleted",
  untagged: "was set aside: no tag, no index and no pull for long, of it and of what it belongs to",
  unnamed: "went for good: it had no tag and no index, nor had what it belongs to, and such were to go at once",
  expired: "went for good: its time for undo was over",
  waived: "went for good: it was deleted, and its time for undo was waived",
  unreferenced: "went: nothing needed it",
  orphan: "went: nothing ever named it",
  superseded: "went: there was another copy",
  damaged: "was found damaged and set aside",
  purged: "was purged: it cannot be restored",
}
