import { parseAddress } from "./address.ts"
import { isNetwork } from "./network-address.ts"
import { InvalidValueError } from "./config-error.ts"
import { listSetting, optionalSetting, section, sectionMap, setting } from "./settings.ts"
import { choice, durationUpTo, flag, integer, secret, text, type ValueType } from "./values.ts"

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

const trustedProxy: ValueType<string> = {
  allowed: "an IP address, a network such as 10.0.0.0/8 or fd00::/8, or unix",
  parse: (value) => {
    if (value !== "unix" && !isNetwork(value)) throw new InvalidValueError("no address")
    return value
  },
}

export const network = section(
  {
    trustedproxies: listSetting(
      trustedProxy,
      "Proxies whose Forwarded and X-Forwarded-… headers are believed; empty: nobody's.",
    ),
    acmeaddr: optionalSetting(
      { allowed: "host:port, or :port for every interface", parse: parseAddress },
      "Where Let's Encrypt's questions (http-01) are answered, without TLS. Default: port 80 beside `http.addr`.",
    ),
    http2: setting(flag, "false", "Speak HTTP/2 over TLS. Experimental; `http.http2.disabled: true` overrules it."),
  },
  unknownKeys,
)

const hmacKey: ValueType<string> = {
  ...secret,
  allowed: "text; a configuration that was printed without its secrets cannot be served",
}

const DAY_SECONDS = 86_400
const YEAR_SECONDS = 365 * DAY_SECONDS

export const events = section(
  {
    mediatype: setting(
      choice("v1", "v2"),
      "v1",
      "The media type of distribution's envelope: `v1` as `registry:2` sends it, `v2` as `registry:3` does.",
    ),
    endpoints: sectionMap({
      format: optionalSetting(
        choice("v1", "v2", "cloudevents", "harbor"),
        "What the endpoint of that name in `notifications.endpoints` is sent. Default: `events.mediatype`.",
      ),
      hmackey: optionalSetting(hmacKey, "Sign each request with HMAC-SHA256 under this key."),
    }),
    maxwaiting: setting(
      integer(1, 10_000_000),
      "100000",
      "Deliveries that may wait for one endpoint; what is more goes to its dead letters.",
    ),
    maxage: setting(
      durationUpTo(YEAR_SECONDS),
      "7d",
      "How long a delivery is tried before it goes to the dead letters.",
    ),
    keepdead: setting(durationUpTo(YEAR_SECONDS), "30d", "How long dead letters are kept for replay."),
  },
  unknownKeys,
)
