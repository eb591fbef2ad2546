import type { Command } from "commander"
import type { DigestView, GcView } from "../contract/gc.ts"
import type { ListPage } from "../contract/pages.ts"
import type { DamageView } from "../contract/scrub.ts"
import type { Digest } from "../domain/digest.ts"
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

function describe(found: Known, rules: GcView["rules"]): string {
  const lines = [
    ...describeHolders(found),
    ...describeCopies(found, rules),
    ...describeSetAside(found),
    ...found.removals.map(
      ({ kind, repository, at, actor, reason }) =>
        `${printTime(at)} UTC: the ${kind}${repository === undefined ? "" : ` in ${repository}`} ${REASONS[reason] ?? reason} (${actor})`,
    ),
  ]
  return `${(lines.length === 0 ? [`nothing is known of ${found.digest}`] : lines).join("\n")}\n`
}

function describeHolders({ manifests, referencedBy, links }: DigestView): string[] {
  return [
    ...manifests.map(({ repository, tags, deletedAt, isPurged, lastPulledAt, keptBy }) => {
      if (deletedAt !== undefined)
        return `deleted from ${repository} on ${printTime(deletedAt)} UTC; ${isPurged === true ? "it was purged, and goes when garbage is collected next" : "it can be restored"}`
      const names = tags.length === 0 ? "no tag" : tags.join(", ")
      const kept = keptBy === undefined ? "" : `; it stays with ${keptBy}, to which it belongs by a subject`
      return `a manifest of ${repository}: ${names}; last pulled ${printTime(lastPulledAt)}${kept}`
    }),
    ...referencedBy.map(({ repository, manifest, kind, deletedAt, isPurged }) => {
      const state = isPurged === true ? "which was purged" : "which is deleted and can be restored"
      return `${kind} of ${repository}@${manifest}${deletedAt === undefined ? "" : `, ${state}`}`
    }),
    ...links.map(({ repository, touchedAt, deletedAt }) =>
      deletedAt === undefined
        ? `a blob of ${repository}, last asked for or pushed ${printTime(touchedAt)} UTC`
        : `deleted from ${repository} on ${printTime(deletedAt)} UTC`,
    ),
  ]
}

function describeSetAside({ copies, setAside }: DigestView): string[] {
  const isRepaired = copies.some(({ state }) => state === "live")
  const next = isRepaired
    ? "a push of it has repaired every repository"
    : "the next push of it repairs every repository"
  return setAside.map(({ name }) => `damaged: set aside in berth/quarantine/${name}; ${next}`)
}

function describeCopies(
  { copies, links, referencedBy, setAside, missingSince }: Known,
  rules: GcView["rules"],
): string[] {
  const isThere = (generation: number, state: string) =>
    state !== "deleting" || !setAside.some((aside) => aside.generation === generation)
  // What a reader is after stands first: the copy that is pulled.
  const there = copies
    .filter(({ generation, state }) => isThere(generation, state))
    .toSorted((a, b) => Number(b.state === "live") - Number(a.state === "live"))
  const hasLive = there[0]?.state === "live"
  return there.map(({ state, sizeBytes, touchedAt, condemnedAt }) => {
    const size = printBytes(sizeBytes)
    if (state === "live" && missingSince !== undefined)
      return `missing, ${size}: its file was not there on ${printTime(missingSince)} UTC; push it again`
    if (hasLive && state !== "live") return `an earlier copy, ${size}, is being removed; the one above stays`
    if (state === "deleting") return `stored, ${size}: it is being removed`
    if (state === "condemned" && condemnedAt !== undefined)
      return `stored, ${size}: nothing needs it, it goes ${printSpan(rules.sweepDelaySeconds)} after ${printTime(condemnedAt)} UTC`
    const isNeeded = links.length + referencedBy.length > 0
    if (isNeeded) return `stored, ${size}`
    const grace = `${printSpan(1.5 * rules.graceSeconds)} after ${printTime(touchedAt)} UTC`
    return `stored, ${size}: nothing needs it, it is condemned ${grace}`
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
