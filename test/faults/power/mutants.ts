import type { BlobStore } from "../../../src/ports/blob-store.ts"
import type { Files, OpenFile } from "../../../src/ports/files.ts"
import type { Metadata } from "../../../src/ports/metadata/metadata.ts"

/** A mistake in the order of things, made on purpose: whoever looks at the images must find it. */
export interface Mutant {
  name: string
  files?: (files: Files) => Files
  parts?: (parts: Parts) => Parts
}

interface Parts {
  store: BlobStore
  metadata: Metadata
}

export const mutants: readonly Mutant[] = [
  { name: "files are never synced", files: (files) => withFile(files, () => ({ sync: nothing })) },
  { name: "directories are never synced", files: (files) => ({ ...files, syncDirectory: nothing }) },
  { name: "the directory of the blob is not synced", files: (files) => withoutSync(files, /sha\d+\/..\/[^/]+$/) },
  { name: "the directory of the prefix is not synced", files: (files) => withoutSync(files, /sha\d+\/..$/) },
  { name: "the directory of the algorithm is not synced", files: (files) => withoutSync(files, /\/sha\d+$/) },
  { name: "the directory above the algorithms is not synced", files: (files) => withoutSync(files, /\/blobs$/) },
  { name: "the upload is synced before its last write", files: syncTooEarly },
  { name: "the data are synced after the rename", files: syncTooLate },
  { name: "the directories are synced before the rename", files: renameTooLate },
  { name: "who finds a directory does not sync its parent", files: trustFoundDirectories },
  { name: "what is replaced is removed first", files: removeFirst },
  { name: "the row is written before the rename", parts: rowTooEarly },
  { name: "the push is answered before the row is written", parts: rowTooLate },
  { name: "the row of an upload counts bytes that are not synced", parts: noteTooEarly },
  { name: "an interrupted upload goes on at the size of its file", parts: trustTail },
  { name: "a removal of the blob's file goes before that of its last row", parts: removeOnUnlink },
  { name: "what removes a dead copy removes the one that was pushed since", parts: removeNext },
]

const nothing = () => Promise.resolve()

function withFile(files: Files, change: (file: OpenFile, path: string) => Partial<OpenFile>): Files {
  return {
    ...files,
    open: async (path, mode) => {
      const file = await files.open(path, mode)
      return mode === "append" ? { ...file, ...change(file, path) } : file
    },
  }
}

function withoutSync(files: Files, paths: RegExp): Files {
  return { ...files, syncDirectory: (path) => (paths.test(path) ? nothing() : files.syncDirectory(path)) }
}

function syncTooEarly(files: Files): Files {
  return withFile(files, (file) => {
    let last: Uint8Array[] = []
    return {
      write: async (chunks) => {
        const before = last
        last = chunks.map((chunk) => chunk.slice())
        await file.write(before)
      },
      sync: async () => {
        await file.sync()
        await file.write(last)
        last = []
      },
    }
  })
}

function syncTooLate(files: Files): Files {
  const late = new Map<string, OpenFile>()
  return {
    ...withFile(files, (file, path) => ({ sync: async () => void late.set(path, file) })),
    rename: async (from, to) => {
      await files.rename(from, to)
      await late.get(from)?.sync()
    },
  }
}

/** Everything is synced before anybody is answered, but nothing of what comes last. */
function renameTooLate(files: Files): Files {
  const late = new Map<string, string>()
  return {
    ...files,
    rename: async (from, to) => void late.set(to, from),
    syncDirectory: async (path) => {
      await files.syncDirectory(path)
      for (const [to, from] of late) {
        if (!to.startsWith(`${path}/data`)) continue
        late.delete(to)
        await files.rename(from, to)
      }
    },
  }
}

function trustFoundDirectories(files: Files): Files {
  const found = new Set<string>()
  return {
    ...files,
    mkdir: async (path) => {
      const isNew = await files.mkdir(path)
      if (!isNew) found.add(path)
      return isNew
    },
    syncDirectory: (path) => {
      const isParentOfFound = [...found].some((one) => one.startsWith(`${path}/`))
      return isParentOfFound && path.includes("/blobs") ? nothing() : files.syncDirectory(path)
    },
  }
}

function removeFirst(files: Files): Files {
  return {
    ...files,
    rename: async (from, to) => {
      await files.unlink(to)
      await files.rename(from, to)
    },
  }
}

function rowTooEarly({ store, metadata }: Parts): Parts {
  const late = new Map<string, () => Promise<unknown>>()
  return {
    store: {
      ...store,
      complete: async (uploadId, key) => {
        const { sizeBytes } = await store.findUpload(uploadId, Infinity)
        late.set(uploadId, () => store.complete(uploadId, key))
        return { sizeBytes }
      },
    },
    metadata: withBlobs(metadata, (blobs) => ({
      put: async (blob, link) => {
        await blobs.put(blob, link)
        await late.get(link.uploadId ?? "")?.()
      },
    })),
  }
}

function rowTooLate({ store, metadata }: Parts): Parts {
  return { store, metadata: withBlobs(metadata, (blobs) => ({ put: async (...row) => void blobs.put(...row) })) }
}

function noteTooEarly({ store, metadata }: Parts): Parts {
  const { uploads } = metadata
  const append: BlobStore["append"] = async (uploadId, body, options) => {
    const chunks = await Array.fromAsync(body)
    const before = await store.findUpload(uploadId, Infinity)
    const sizeBytes = chunks.reduce((sum, { length }) => sum + length, before.sizeBytes)
    const writing = store.append(uploadId, streamOf(chunks), options)
    await uploads.update(uploadId, { algorithm: options.algorithm, offset: sizeBytes })
    return writing
  }
  return { store: { ...store, append }, metadata }
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}

function trustTail({ store, metadata }: Parts): Parts {
  return { store: { ...store, findUpload: (uploadId) => store.findUpload(uploadId, Infinity) }, metadata }
}

function removeOnUnlink({ store, metadata }: Parts): Parts {
  return {
    store,
    metadata: withBlobs(metadata, (blobs) => ({
      unlink: async (repository, digest, events) => {
        const blob = await blobs.find(repository, digest)
        if (blob !== undefined) await store.remove(blob)
        return blobs.unlink(repository, digest, events)
      },
    })),
  }
}

function removeNext({ store, metadata }: Parts): Parts {
  const remove: BlobStore["remove"] = async (key) => {
    await store.remove({ ...key, generation: key.generation + 1 })
    await store.remove(key)
  }
  return { store: { ...store, remove }, metadata }
}

function withBlobs(metadata: Metadata, change: (blobs: Metadata["blobs"]) => Partial<Metadata["blobs"]>): Metadata {
  return { ...metadata, blobs: { ...metadata.blobs, ...change(metadata.blobs) } }
}
