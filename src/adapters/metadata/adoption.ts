import type { AdoptionReport, Problem } from "../../domain/adoption.ts"
import type { AdoptionRecords } from "../../ports/metadata/adoption.ts"
import { mergeAbsent, mergeBlobs, mergeManifests, mergeTags } from "./adoption-merge.ts"
import { adoptionStatements } from "./adoption-statements.ts"
import { operation, type Write } from "./operation.ts"
import { readPage } from "./pages.ts"
import type { Connection } from "./prepared.ts"
import type { TagCache } from "./tag-cache.ts"

const MAX_PROBLEMS = 10_000

const begin = operation("adoption.begin", async (connection, _: object, at): Promise<void> => {
  await connection.run(adoptionStatements.forgetProblems, {})
  await connection.run(adoptionStatements.putRun, { at })
})

const finish = operation("adoption.finish", async (connection, report: AdoptionReport): Promise<void> => {
  await connection.run(adoptionStatements.finishRun, { report: JSON.stringify(report) })
})

const forgetExport = operation("adoption.forgetExport", async (connection): Promise<void> => {
  await connection.run(adoptionStatements.forgetExporting, {})
})

const putProblems = operation("adoption.putProblems", async (connection, problems: Problem[]): Promise<void> => {
  const kept = (await connection.find(adoptionStatements.countProblems, {}))?.count ?? 0
  for (const { kind, path, detail } of problems.slice(0, Math.max(0, MAX_PROBLEMS - kept))) {
    const id = `${kind} ${path}`
    await connection.run(adoptionStatements.putProblem, { id, kind, path, detail: detail ?? null })
  }
})

export const adoptionOperations = [
  begin,
  finish,
  forgetExport,
  putProblems,
  mergeManifests,
  mergeBlobs,
  mergeTags,
  mergeAbsent,
]

export function createAdoptionRecords(read: Connection, write: Write, cache: TagCache): AdoptionRecords {
  return {
    findRun: async () => {
      const row = await read.find(adoptionStatements.findRun, {})
      if (row === undefined) return undefined
      const report = row.report === null ? undefined : (JSON.parse(row.report) as AdoptionReport)
      return { startedAt: row.startedAt, ...(report !== undefined && { report }) }
    },
    begin: () => write(begin, {}),
    finish: (report) => write(finish, report),
    forgetExport: async () => {
      if ((await read.find(adoptionStatements.anyExporting, {})) !== undefined) await write(forgetExport, {})
    },
    putProblems: (problems) => write(putProblems, problems),
    listProblems: async (page) => {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(adoptionStatements.listProblems, { after, limit }),
      )
      return {
        items: items.map(({ detail, ...rest }) => (detail === null ? rest : Object.assign(rest, { detail }))),
        hasMore,
      }
    },
    findBase: (repository, kind, names) =>
      Promise.all(
        names.map(async (name) => (await read.find(adoptionStatements.findBase, { repository, kind, name }))?.digest),
      ),
    listBase: async (repository, kind, page) => {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(adoptionStatements.listBase, { repository, kind, after, limit }),
      )
      return { items: items.map(({ name }) => name), hasMore }
    },
    listSizes: async (repository, digest) => {
      const rows = await read.list(adoptionStatements.listSizes, { repository, digest })
      return [...new Set(rows.map(({ size }) => size))]
    },
    mergeManifests: (repository, items, isForced) => write(mergeManifests, { repository, items, isForced }),
    mergeBlobs: (repository, items, isForced) => write(mergeBlobs, { repository, items, isForced }),
    mergeTags: (repository, items) => cache.change(repository, write(mergeTags, { repository, items })),
    mergeAbsent: (repository, kind, names) => cache.change(repository, write(mergeAbsent, { repository, kind, names })),
  }
}
