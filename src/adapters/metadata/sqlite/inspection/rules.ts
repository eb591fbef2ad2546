import type { Database } from "bun:sqlite"
import type { FindingKind } from "../../../../domain/fsck.ts"
import type { Inspection, RowFinding } from "../../../../ports/metadata/fsck.ts"

const MAX_KEPT = 1000
const MAX_MESSAGES = 100

interface Row {
  kind: FindingKind
  repository: RowFinding["repository"]
  name: string
  manifest: RowFinding["manifest"] | null
}

// Each gives kind, repository, name and manifest of what breaks one rule. They read whole tables: never in the thread
// that answers requests.
const RULES: readonly string[] = [
  `SELECT 'manifest-count' AS kind, name AS repository, name, NULL AS manifest FROM repository
    WHERE manifest_count <> (SELECT count(*) FROM manifest m WHERE m.repository = repository.name AND m.deleted_at IS NULL)
      AND name NOT IN (SELECT repository FROM unfinished_deletion UNION SELECT repository FROM unfinished_restoration)`,
  `SELECT 'manifest-body' AS kind, repository, digest AS name, NULL AS manifest FROM manifest
    WHERE digest NOT IN (SELECT digest FROM manifest_body)
      AND digest NOT IN (SELECT digest FROM damage WHERE kind = 'manifest')`,
  `SELECT 'body-unused' AS kind, '' AS repository, digest AS name, NULL AS manifest FROM manifest_body
    WHERE digest NOT IN (SELECT digest FROM manifest)`,
  `SELECT 'tag-dangling' AS kind, repository, name, digest AS manifest FROM tag
    WHERE NOT EXISTS (SELECT 1 FROM manifest m
      WHERE m.repository = tag.repository AND m.digest = tag.digest AND m.deleted_at IS NULL)
      AND repository NOT IN (SELECT repository FROM unfinished_deletion UNION SELECT repository FROM unfinished_restoration)`,
  // One that is ending lets go of what it names step by step.
  `SELECT 'reference-stray' AS kind, repository, digest AS name, manifest FROM reference r
    WHERE NOT EXISTS (SELECT 1 FROM manifest m WHERE m.repository = r.repository AND m.digest = r.manifest)
      AND NOT EXISTS (SELECT 1 FROM review v WHERE v.kind = 'manifest' AND v.repository = r.repository AND v.digest = r.manifest)`,
  `SELECT 'history-odd' AS kind, h.repository, h.tag AS name, NULL AS manifest FROM tag_history h
    LEFT JOIN tag t ON t.repository = h.repository AND t.name = h.tag
    WHERE h.digest IS NOT t.digest AND NOT EXISTS (SELECT 1 FROM tag_history o
      WHERE o.repository = h.repository AND o.tag = h.tag AND o.id > h.id)`,
  // What is known to be damaged is told of as such. A link that somebody deleted keeps its row, and so its mark, for as long
  // as a manifest names it: one that is gone without a mark was never asked for, whatever the journal says. The deletion of
  // a repository takes its links after all manifests, and its restoration brings them back before: nothing is halfway here.
  `SELECT CASE
      WHEN EXISTS (SELECT 1 FROM link l
          WHERE l.repository = r.repository AND l.digest = r.digest AND l.deleted_at IS NOT NULL)
        THEN 'deleted-on-request'
      WHEN EXISTS (SELECT 1 FROM blob b WHERE b.digest = r.digest AND b.state <> 'deleting') THEN 'link-missing'
      ELSE 'reference-missing' END AS kind,
      r.repository, r.digest AS name, r.manifest
    FROM reference r
    JOIN manifest m ON m.repository = r.repository AND m.digest = r.manifest AND m.deleted_at IS NULL
    WHERE r.kind IN ('config', 'layer')
      AND NOT EXISTS (SELECT 1 FROM damage d WHERE d.kind = 'blob' AND d.digest = r.digest)
      AND NOT EXISTS (SELECT 1 FROM link l JOIN blob b ON b.digest = l.digest AND b.state <> 'deleting'
        WHERE l.repository = r.repository AND l.digest = r.digest AND l.deleted_at IS NULL)`,
  `SELECT 'link-dangling' AS kind, repository, digest AS name, NULL AS manifest FROM link l
    WHERE deleted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM blob b WHERE b.digest = l.digest AND b.state <> 'deleting')
      AND NOT EXISTS (SELECT 1 FROM damage d WHERE d.kind = 'blob' AND d.digest = l.digest)
      AND NOT EXISTS (SELECT 1 FROM reference r WHERE r.repository = l.repository AND r.digest = l.digest)`,
  // The collector marks and removes manifests as well. What it writes of one that somebody deleted is only the end of that;
  // and what was deleted before the index came says nothing of what the index had.
  `SELECT CASE
      WHEN (SELECT v.reason FROM removal v
          WHERE v.digest = r.digest AND v.repository = r.repository AND v.kind = 'manifest'
            AND v.reason NOT IN ('expired', 'waived') AND v.at >= m.created_at
          ORDER BY v.id DESC LIMIT 1) IN ('deleted', 'purged')
        THEN 'deleted-on-request'
      WHEN EXISTS (SELECT 1 FROM adopted a
          WHERE a.repository = r.repository AND a.kind = 'manifest' AND a.name = r.manifest) THEN 'index-partial'
      ELSE 'child-missing' END AS kind,
      r.repository, r.digest AS name, r.manifest
    FROM reference r
    JOIN manifest m ON m.repository = r.repository AND m.digest = r.manifest AND m.deleted_at IS NULL
    WHERE r.kind = 'manifest' AND NOT EXISTS (SELECT 1 FROM manifest c
      WHERE c.repository = r.repository AND c.digest = r.digest AND c.deleted_at IS NULL)
      AND r.repository NOT IN (SELECT repository FROM unfinished_deletion UNION SELECT repository FROM unfinished_restoration)`,
]

/** Compares the tables with each other, and has SQLite look at its file. It takes as long as reading all of it does. */
export function inspectDatabase(database: Database): Inspection {
  const counts: Inspection["counts"] = {}
  const findings: RowFinding[] = []
  const add = (finding: RowFinding) => {
    const count = (counts[finding.kind] ?? 0) + 1
    counts[finding.kind] = count
    if (count <= MAX_KEPT) findings.push(finding)
  }
  const check = database.query<{ integrity_check: string }, []>(`PRAGMA integrity_check(${MAX_MESSAGES})`)
  for (const { integrity_check: message } of check.all()) {
    if (message !== "ok") add({ kind: "database", repository: "", name: message })
  }
  for (const sql of RULES) {
    const statement = database.prepare<Row, []>(sql)
    for (const { manifest, ...row } of statement.iterate()) add({ ...row, ...(manifest && { manifest }) })
    statement.finalize()
  }
  return { counts, findings }
}
