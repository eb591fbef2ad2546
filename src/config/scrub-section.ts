import { byteSize } from "./byte-size.ts"
import { section, setting } from "./settings.ts"
import { durationUpTo, flag } from "./values.ts"

const YEAR_SECONDS = 365 * 86_400

export const scrub = section(
  {
    enabled: setting(flag, "true", "Compare everything that is stored with its digests, again and again."),
    rate: setting(byteSize("64KiB"), "10MiB", "Bytes that the scrub reads in a second, at most."),
    interval: setting(
      durationUpTo(YEAR_SECONDS),
      "30d",
      "From the beginning of a pass over everything to that of the next.",
    ),
    verifyreads: setting(
      flag,
      "false",
      "Hash whole blobs while they are sent, and cut the connection before the end of one that is damaged.",
    ),
  },
  "refuse",
)
