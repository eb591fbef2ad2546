import { optionalSetting, section, setting } from "./settings.ts"
import { durationUpTo, integer, text } from "./values.ts"

// Sections of Berth's own: nothing new goes under distribution's, so that it still reads a file without these.
const unknownKeys = "refuse"

// The runtime keeps an idle connection for 255 s at most, and its timer is some seconds early.
const LONGEST_IDLE_SECONDS = 250
const MANIFEST_BYTES = 4_194_304

export const limits = section(
  {
    stall: setting(
      durationUpTo(3600),
      "60s",
      "A request body that brings less than 1 KiB/s over this time is given up.",
    ),
    readstall: setting(
      durationUpTo(LONGEST_IDLE_SECONDS),
      "120s",
      "A client that takes nothing of its answer for this time is cut off.",
    ),
    uploads: setting(
      integer(1),
      "1000",
      "Uploads that one user, or one address of anonymous clients, has open at once.",
    ),
    connections: setting(integer(1), "10000", "Connections open at once."),
    manifestbytes: setting(integer(MANIFEST_BYTES), `${MANIFEST_BYTES}`, "Largest manifest, in bytes."),
    manifestreferences: setting(integer(1), "10000", "Most blobs and manifests that one manifest may name."),
    blobbytes: setting(integer(0), "0", "Largest blob, in bytes; 0: no limit."),
    ranges: setting(integer(1), "1000", "Most ranges in one Range header."),
  },
  unknownKeys,
)

export const workers = section(
  {
    hashing: setting(integer(0, 64), "0", "Threads that hash and write uploads; 0: one per processor, at most 4."),
  },
  unknownKeys,
)

export const database = section(
  {
    path: optionalSetting(
      text,
      "Path of the metadata's database. Default: `berth/metadata.db` in the storage's directory.",
    ),
  },
  unknownKeys,
)
