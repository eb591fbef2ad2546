import { z } from "@hono/zod-openapi"
import { pageSchema } from "./pages.ts"

const time = z.iso.datetime()

/** What a job of the kind `gc` gives. */
export const gcReportSchema = z
  .object({
    startedAt: time,
    endedAt: time,
    skipped: z.string().optional().openapi({ description: "why nothing was collected, or why it ended early" }),
    untagged: z.int().openapi({ description: "manifests that nobody named or pulled for long; they can be restored" }),
    manifests: z.int().openapi({ description: "manifests that were deleted, and now for good" }),
    links: z.int().openapi({ description: "rights of repositories to blobs that they do not use" }),
    condemned: z.int().openapi({ description: "blobs that nothing needs; they wait for their end" }),
    condemnedBytes: z.int(),
    removed: z.int().openapi({ description: "objects that are gone from storage" }),
    removedBytes: z.int(),
    orphans: z.int().openapi({ description: "objects that nothing ever named" }),
    failures: z.int().openapi({ description: "objects that could not be removed; they are tried again" }),
    forgotten: z.int().openapi({ description: "rows of history that were older than they are kept" }),
    sample: z
      .array(z.object({ kind: z.enum(["manifest", "blob"]), repository: z.string().optional(), digest: z.string() }))
      .openapi({ description: "the first thousand of what went" }),
    found: z
      .object({
        marked: z.int().openapi({ description: "digests that stay: manifests, and what these name" }),
        blobs: z.int(),
        manifests: z.int(),
      })
      .optional()
      .openapi({ description: "where a list was asked for: how long it is" }),
    later: z
      .object({
        condemnedBefore: z.int().openapi({ description: "condemned by an earlier run" }),
        condemned: z.int().openapi({ description: "that the run would condemn" }),
        orphans: z.int().openapi({ description: "without a record, to be found once more" }),
      })
      .optional()
      .openapi({
        description: "with `dryRun`, beside a server: of `removed`, what goes after gc.sweepdelay, not in the run",
      }),
  })
  .openapi("GcReport")

const lastRunSchema = gcReportSchema.omit({ sample: true, found: true, later: true })

const walkSchema = z.object({ startedAt: time, endedAt: time.optional(), position: z.string() })

export const gcSchema = z
  .object({
    isRunning: z.boolean(),
    progress: z
      .object({
        done: z.int(),
        total: z.int().openapi({ description: "counted up to 10,001 of a kind; more comes as it goes on" }),
        secondsLeft: z.int().optional().openapi({ description: "by the pace so far" }),
      })
      .optional()
      .openapi({ description: "of the run under way" }),
    waitsFor: z.string().optional().openapi({ description: "why nothing is collected at present" }),
    waitsUntil: time.optional().openapi({ description: "when that is over, where it is known" }),
    held: z
      .array(z.string())
      .openapi({ description: "repositories of which nothing is collected, for something in them could not be read" }),
    rules: z.object({
      graceSeconds: z.number(),
      sweepDelaySeconds: z.number(),
      untaggedSeconds: z.number().optional().openapi({ description: "absent: untagged manifests are kept" }),
      isPaused: z.boolean(),
      keepSeconds: z.number(),
    }),
    backlog: z.object({
      queued: z
        .int()
        .openapi({ description: "what may be garbage; this and the next are counted up to 10,001, for more" }),
      due: z.int().openapi({ description: "of these, whose grace period is over" }),
      condemned: z.int().openapi({ description: "this and the next are counted up to 10,001 as well" }),
      condemnedBytes: z.int().openapi({ description: "of those that are counted" }),
      deleting: z.int(),
      orphans: z.int().openapi({ description: "objects without a record that were seen once" }),
    }),
    lastRun: lastRunSchema.optional().openapi({ description: "the last that did something" }),
    walks: z.object({ records: walkSchema.optional(), objects: walkSchema.optional() }),
  })
  .openapi("Gc")

export const gcRunSchema = z
  .object({
    now: z.boolean().default(false).openapi({ description: "waive the grace period for what nothing refers to" }),
    untagged: z
      .boolean()
      .default(false)
      .openapi({ description: "with `now`: also manifests that no tag and no index names" }),
    isListed: z
      .boolean()
      .default(false)
      .openapi({ description: "keep all that is found for /gc/marks and /gc/garbage, until the next such run" }),
    dryRun: z.boolean().default(false).openapi({ description: "collect nothing, and tell what would go" }),
  })
  .openapi("GcRun")

const mark = {
  deletedAt: time.optional(),
  isPurged: z.boolean().optional().openapi({ description: "it cannot be restored" }),
}

/** All that is known of a digest; of each list the first hundred. */
export const digestSchema = z
  .object({
    digest: z.string(),
    copies: z.array(
      z.object({
        generation: z.int(),
        sizeBytes: z.int(),
        state: z.enum(["live", "condemned", "deleting"]),
        touchedAt: time,
        createdAt: time,
        condemnedAt: time.optional(),
      }),
    ),
    links: z.array(z.object({ repository: z.string(), touchedAt: time, ...mark })),
    manifests: z.array(
      z.object({
        repository: z.string(),
        mediaType: z.string(),
        tags: z.array(z.string()),
        lastPulledAt: time.optional(),
        keptBy: z.string().optional().openapi({
          description: "one that it refers to, or that refers to it, however far, and that stays: it stays with that",
        }),
        ...mark,
      }),
    ),
    referencedBy: z.array(z.object({ repository: z.string(), manifest: z.string(), kind: z.string(), ...mark })),
    reviews: z.array(z.object({ kind: z.string(), repository: z.string().optional(), since: time })),
    removals: z.array(
      z.object({
        kind: z.string(),
        repository: z.string().optional(),
        digest: z.string(),
        at: time,
        actor: z.string(),
        reason: z.string(),
      }),
    ),
    setAside: z
      .array(z.object({ generation: z.int(), at: time, name: z.string() }))
      .openapi({ description: "damaged copies that are kept, in berth/quarantine of the data directory" }),
  })
  .openapi("DigestRecord")

export const markQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  /** The longest name, and the longest digest. */
  after: z.string().max(400).optional(),
})

/** A repository, and then each of its manifests, in the order of distribution's directories. */
export const markSchema = z
  .object({
    repository: z.string(),
    manifest: z.string().optional().openapi({ description: "a digest; absent for the repository itself" }),
    isEligible: z.boolean().optional().openapi({ description: "it goes, or has gone: no tag and no index names it" }),
    references: z.array(z.string()).optional().openapi({ description: "digests that it names, in its order" }),
  })
  .openapi("GcMark")

export const markPageSchema = pageSchema(markSchema)

export const garbagePageSchema = pageSchema(z.object({ digest: z.string() })).openapi("GarbagePage")

export type GcView = z.infer<typeof gcSchema>
export type MarkView = z.infer<typeof markSchema>
export type GcReportView = z.infer<typeof gcReportSchema>
export type DigestView = z.infer<typeof digestSchema>
