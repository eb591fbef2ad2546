import { InvalidValueError } from "./config-error.ts"
import { parseLongDuration } from "./duration.ts"
import { section, setting } from "./settings.ts"
import { durationUpTo, flag, type ValueType } from "./values.ts"

const YEAR_SECONDS = 365 * 86_400
const LONGEST_SECONDS = 10 * YEAR_SECONDS

const ageOrKeep: ValueType<number | "keep"> = {
  allowed: "keep, or a duration above zero such as 30d",
  parse: (value) => {
    if (value === "keep") return "keep"
    const seconds = parseLongDuration(value)
    if (seconds <= 0 || seconds > LONGEST_SECONDS) throw new InvalidValueError("no age")
    return seconds
  },
}

export const gc = section(
  {
    grace: setting(
      durationUpTo(YEAR_SECONDS),
      "24h",
      "How long what was deleted can be restored, and what nothing refers to is kept for a push that is under way.",
    ),
    sweepdelay: setting(
      durationUpTo(YEAR_SECONDS),
      "20m",
      "How long a blob that was found to be garbage waits for its end: longer than any request takes.",
    ),
    interval: setting(durationUpTo(86_400), "1m", "How long the collector rests between its runs."),
    untagged: setting(
      ageOrKeep,
      "keep",
      "Manifests that no tag and no index names: `keep` them, or collect those that nobody pulled for so long. What refers to another as its subject goes before that, and only when all that belongs together is to go.",
    ),
    paused: setting(flag, "false", "Collect nothing."),
  },
  "refuse",
)

export const history = section(
  {
    keep: setting(
      durationUpTo(LONGEST_SECONDS),
      "90d",
      "How long it is kept on record which tag named what, and what was deleted or collected when and why; at least `gc.grace`.",
    ),
  },
  "refuse",
)
