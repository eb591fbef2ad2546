import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { join } from "node:path"
import { parseTag } from "../../domain/tag.ts"
import {
  createManualClock,
  newManifest,
  newRepository,
  referenceTo,
  tagsOf,
} from "../../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../../ports/metadata/metadata.ts"
import { createScratch } from "../../../test/support/scratch.ts"
import { createMetadata } from "./metadata.ts"

const repositories = Array.from({ length: 3 }, newRepository)
const contents = Array.from({ length: 4 }, () => newManifest(newRepository()))

// Each finds what breaks one rule of the schema.
const VIOLATIONS = {
  "a repository counts its manifests": `SELECT name FROM repository
    WHERE manifest_count <> (SELECT count(*) FROM manifest WHERE manifest.repository = repository.name AND manifest.deleted_at IS NULL)`,
  "a manifest has a body": `SELECT digest FROM manifest WHERE digest NOT IN (SELECT digest FROM manifest_body)`,
  "a body has a manifest": `SELECT digest FROM manifest_body WHERE digest NOT IN (SELECT digest FROM manifest)`,
  "a tag points at a manifest of its repository": `SELECT name FROM tag
    WHERE NOT EXISTS (SELECT 1 FROM manifest m WHERE m.repository = tag.repository AND m.digest = tag.digest
      AND m.deleted_at IS NULL)`,
  "a reference belongs to a manifest": `SELECT digest FROM reference r
    WHERE NOT EXISTS (SELECT 1 FROM manifest m WHERE m.repository = r.repository AND m.digest = r.manifest)`,
  "the history ends with what the tag is": `SELECT h.tag FROM tag_history h
    LEFT JOIN tag t ON t.repository = h.repository AND t.name = h.tag
    WHERE h.id = (SELECT max(id) FROM tag_history o WHERE o.repository = h.repository AND o.tag = h.tag)
      AND h.digest IS NOT t.digest`,
}

type Step = { kind: "put" | "delete" | "untag" | "drop"; repository: number; content: number; tag: string }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("put", "put", "put", "delete", "untag", "drop"),
    repository: fc.nat(repositories.length - 1),
    content: fc.nat(contents.length - 1),
    tag: fc.constantFrom("a", "b", "c"),
  }),
  { maxLength: 30 },
)

async function take(metadata: Metadata, step: Step): Promise<void> {
  const [repository, content] = [repositories[step.repository], contents[step.content]]
  if (repository === undefined || content === undefined) return
  if (step.kind === "untag") await metadata.tags.delete(repository, parseTag(step.tag), { actor: "bob" })
  else if (step.kind === "drop") await metadata.repositories.delete(repository, { actor: "bob" })
  else if (step.kind === "delete") await metadata.manifests.delete(repository, content.digest, { actor: "bob" })
  else {
    const references = [referenceTo(content.digest), referenceTo(content.digest, "subject")]
    await metadata.manifests.put({
      ...content,
      repository,
      references,
      checksReferences: false,
      tags: tagsOf(step.tag),
    })
  }
}

test("the tables agree with each other whatever is put and deleted, one after the other or at once", async () => {
  using scratch = createScratch("berth-invariants")
  const path = join(scratch.path, "metadata.db")
  const metadata = await createMetadata({ path, clock: createManualClock() })
  const observer = new Database(path, { readonly: true })
  const property = fc.asyncProperty(steps, steps, async (serial, parallel) => {
    for (const step of serial) await take(metadata, step)
    await Promise.all(parallel.map((step) => take(metadata, step)))
    for (const [rule, violations] of Object.entries(VIOLATIONS)) {
      expect({ rule, violations: observer.query(violations).all() }).toEqual({ rule, violations: [] })
    }
  })
  await fc.assert(property, { numRuns: 40 })
  observer.close(true)
  await metadata.close()
  await metadata.close()
})
