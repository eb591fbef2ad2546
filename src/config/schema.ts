import type * as z from "zod/mini"
import {
  auth,
  catalog,
  log,
  loglevel,
  middleware,
  proxy,
  tags,
  validation,
  withoutEffect,
} from "./distribution-sections.ts"
import { http } from "./http-section.ts"
import { database, limits, workers } from "./own-sections.ts"
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
  ...withoutEffect,
}

/** Every key that a configuration may hold. What is kept of each besides its type settings.ts tells. */
export const schema = section({ ...distribution, limits, workers, database }, "refuse")

/** A configuration as it is written, read and with defaults; sections and keys have the names of the file. */
export type Settings = z.output<typeof schema>
