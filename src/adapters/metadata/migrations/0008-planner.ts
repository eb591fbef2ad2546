import type { Ddl } from "./ddl.ts"

/**
 * Without numbers the planner takes a repository for ten manifests, and looks through all of them for those with a subject.
 * These are of a large repository; whatever is small is quick in any order.
 */
export function createPlannerNumbers({ describeRows }: Ddl): string[] {
  return describeRows("manifest", {
    manifest: [1_000_000, 10_000, 1],
    manifest_digest: [1_000_000, 2, 1],
    manifest_subject: [100_000, 1_000, 10, 1],
    manifest_artifact_type: [100_000, 1_000, 10, 5, 1],
  })
}
