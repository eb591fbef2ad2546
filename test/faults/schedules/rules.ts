import type { World } from "./world.ts"

// Each finds what breaks one rule.
const RULES = {
  "a repository counts its manifests": `SELECT name FROM repository
    WHERE manifest_count <> (SELECT count(*) FROM manifest m WHERE m.repository = repository.name AND m.deleted_at IS NULL)`,
  "a manifest has a body": `SELECT digest FROM manifest WHERE digest NOT IN (SELECT digest FROM manifest_body)`,
  "a body has a manifest": `SELECT digest FROM manifest_body WHERE digest NOT IN (SELECT digest FROM manifest)`,
  "a tag points at a manifest of its repository": `SELECT name FROM tag WHERE NOT EXISTS
    (SELECT 1 FROM manifest m WHERE m.repository = tag.repository AND m.digest = tag.digest AND m.deleted_at IS NULL)`,
  "a reference belongs to a manifest": `SELECT digest FROM reference r
    WHERE NOT EXISTS (SELECT 1 FROM manifest m WHERE m.repository = r.repository AND m.digest = r.manifest)`,
  "a link has a live blob": `SELECT digest FROM link
    WHERE NOT EXISTS (SELECT 1 FROM blob WHERE blob.digest = link.digest AND blob.state = 'live')`,
  "what a manifest names has a row, deleted or not": `SELECT digest FROM reference r WHERE kind IN ('config', 'layer')
    AND NOT EXISTS (SELECT 1 FROM link l WHERE l.repository = r.repository AND l.digest = r.digest)`,
}

/** Throws where the rows disagree with each other or with the storage, or something was done that never may be. */
export function checkRules({ database, objects, violations }: World): void {
  for (const [rule, query] of Object.entries(RULES)) {
    const rows = database.query(query).all()
    if (rows.length > 0) throw new Error(`not true: ${rule}: ${JSON.stringify(rows)}`)
  }
  const held = database.query<{ key: string }, []>(
    "SELECT digest || '.' || generation AS key FROM blob WHERE state <> 'deleting'",
  )
  for (const { key } of held.all()) if (!objects.has(key)) throw new Error(`a blob has no object: ${key}`)
  const [violation] = violations.splice(0)
  if (violation !== undefined) throw new Error(violation)
}

const TABLES = ["repository", "manifest", "manifest_body", "reference", "tag", "blob", "link", "review", "orphan"]

/** Throws where something is left. */
export function checkEmpty({ database, objects }: World): void {
  for (const table of TABLES) {
    const rows = database.query(`SELECT * FROM ${table}`).all()
    if (rows.length > 0) throw new Error(`${table} is never empty again: ${JSON.stringify(rows)}`)
  }
  if (objects.size > 0) throw new Error(`objects stay for ever: ${[...objects.keys()].join(", ")}`)
}
