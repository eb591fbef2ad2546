import * as fc from "fast-check"
import { createFilesystemLinkTree } from "../../../../src/adapters/link-tree/filesystem.ts"
import { isDigest, parseDigest } from "../../../../src/domain/digest.ts"
import { parseRepositoryName } from "../../../../src/domain/repository-name.ts"
import type { Files } from "../../../../src/ports/files.ts"
import { asyncTarget, insist } from "../target.ts"
import { textOf } from "../texts.ts"

const HEX = "0123456789abcdef".repeat(4)
const repository = parseRepositoryName("a/b")

/** A disk on which every file is this one, and every directory holds these. */
function diskOf(content: Uint8Array, names: string[] = []): Files {
  const absent = () => Promise.reject(new Error("nothing is written here"))
  return {
    open: absent,
    rename: absent,
    unlink: absent,
    removeTree: absent,
    removeDirectory: absent,
    mkdir: absent,
    syncDirectory: absent,
    findSize: () => Promise.resolve(content.length),
    list: (path) =>
      Promise.resolve(path.split("/").length > 8 ? [] : names.map((name) => ({ name, kind: "directory" as const }))),
    findContent: (_, maxBytes) =>
      Promise.resolve({
        sizeBytes: content.length,
        modifiedAt: 0,
        ...(content.length <= maxBytes && { bytes: content }),
      }),
  }
}

const file = asyncTarget({
  name: "link files of distribution: a digest, or damaged",
  share: 0.1,
  arbitrary: fc.oneof(
    textOf(["sha256:", "sha512:", HEX, "\n", " ", "\0", "a", "A", "\ufeff", "x".repeat(300)], 5).map((text) =>
      Buffer.from(text),
    ),
    fc.uint8Array({ maxLength: 300 }),
  ),
  check: async (content) => {
    const tree = createFilesystemLinkTree(diskOf(content), "/root")
    const state = await tree.read(repository, { kind: "tag", name: "v1" })
    insist(state.is === "link" || state.is === "damaged", () => `it is ${state.is}`)
    if (state.is !== "link") return
    insist(
      isDigest(state.digest) && Buffer.from(content).toString().includes(state.digest),
      () => `it names ${state.digest}`,
    )
    const named = await tree.read(repository, { kind: "blob", name: parseDigest(`sha256:${HEX}`) })
    insist(
      (named.is === "link") === (state.digest === `sha256:${HEX}`),
      () => `a link of another digest is ${named.is}`,
    )
  },
})

const directories = asyncTarget({
  name: "names in distribution's directories",
  share: 0.1,
  arbitrary: fc.array(textOf(["_manifests", "_layers", "_uploads", "a", "b-c", "..", ".", "A", "é", "_"], 2), {
    maxLength: 3,
  }),
  check: async (found) => {
    const tree = createFilesystemLinkTree(
      diskOf(
        new Uint8Array(0),
        found.filter((name) => name !== "" && !name.includes("/")),
      ),
      "/root",
    )
    for await (const entry of tree.walk())
      if (entry.is === "repository") insist(!entry.name.includes(".."), () => `${entry.name} is a repository`)
    for (const kind of ["tag", "manifest", "blob"] as const) {
      const { names } = await tree.list(repository, kind)
      insist(
        names.every((name) => !name.includes("/") && name !== ".."),
        () => `${names.join()} are listed`,
      )
    }
  },
})

export const links = [file, directories]
