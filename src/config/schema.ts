import type * as z from "zod/mini"
import { auth } from "./auth-section.ts"
import { catalog, log, loglevel, middleware, policy, proxy, tags, validation } from "./distribution-sections.ts"
import { gc, history } from "./gc-section.ts"
import { health } from "./health-section.ts"
import { http } from "./http-section.ts"
import { compatibility, redis, reporting } from "./idle-sections.ts"
import { notifications } from "./notifications-section.ts"
import { database, events, limits, network, workers } from "./own-sections.ts"
import { scrub } from "./scrub-section.ts"
import { section, optionalSetting } from "./settings.ts"
import { storage } from "./storage-section.ts"
import { choice } from "./values.ts"

const distribution = {
  version: optionalSetting(choice("0.1"), "The version of the file's format: every file must have it."),
  log,
  loglevel,
  storage,
  auth,
  middleware,
  http,
  proxy,
  catalog,
  tags,
  validation,
  notifications,
  redis,
  health,
  policy,
  reporting,
  compatibility,
}

/** Every key that a configuration may hold. What is kept of each besides its type settings.ts tells. */
export const schema = section(
  { ...distribution, limits, workers, database, network, events, gc, history, scrub },
  "refuse slips",
)

/** A configuration as it is written, read and with defaults; sections and keys have the names of the file. */
export type Settings = z.output<typeof schema>
