import * as z from "zod/mini"
import { InvalidValueError } from "./config-error.ts"
import { isSet, type SettingNode } from "./setting-tree.ts"
import type { ValueType } from "./values.ts"

/** What is known of a key besides how it is read: the reference, the variables and the search for unknown keys use it. */
export type KeyNotes =
  | { readonly kind: "section"; readonly keys: Keys; readonly unknownKeys: UnknownKeys; readonly meaning?: string }
  | ValueNotes
  | { readonly kind: "no effect" }
  | { readonly kind: "refused"; readonly reason: string }

/** What happens to a key that nobody knows. A variable of such a name is passed over with a warning unless "refuse variables". */
type UnknownKeys = "warn" | "refuse" | "refuse variables"

type Keys = Readonly<Record<string, z.ZodMiniType>>

interface ValueNotes {
  readonly kind: "value" | "list" | "map" | "map of lists"
  /** As one would write it; empty when there is none. */
  readonly standard: string
  readonly allowed: string
  readonly meaning: string
}

const keyNotes = new WeakMap<object, KeyNotes>()

/** Gives the notes of a type that was made here. */
export function getKeyNotes(type: z.ZodMiniType): KeyNotes {
  const notes = keyNotes.get(type)
  if (notes === undefined) throw new Error("this key was not made by settings.ts")
  return notes
}

/** A key whose default is `standard`, written as in a file. */
export function setting<T>(type: ValueType<T>, standard: string, meaning: string): z.ZodMiniType<T> {
  const value = z.prefault(scalar(type), standard)
  keyNotes.set(value, { kind: "value", standard, allowed: type.allowed, meaning })
  return value
}

export function optionalSetting<T>(type: ValueType<T>, meaning: string): z.ZodMiniType<T | undefined> {
  const value = z.optional(scalar(type))
  keyNotes.set(value, { kind: "value", standard: "", allowed: type.allowed, meaning })
  return value
}

/** A key without which its section means nothing. */
export function requiredSetting<T>(type: ValueType<T>, meaning: string): z.ZodMiniType<T> {
  const value = scalar(type, "must be set")
  keyNotes.set(value, { kind: "value", standard: "", allowed: type.allowed, meaning })
  return value
}

export function listSetting<T>(type: ValueType<T>, meaning: string): z.ZodMiniType<T[]> {
  const value = z.prefault(list(type), [])
  keyNotes.set(value, { kind: "list", standard: "", allowed: `a list; each is ${type.allowed}`, meaning })
  return value
}

export function mapSetting<T>(type: ValueType<T>, meaning: string): z.ZodMiniType<Record<string, T>> {
  const value = z.prefault(z.record(z.string(), scalar(type), "must be a map"), {})
  keyNotes.set(value, { kind: "map", standard: "", allowed: `a map; each value is ${type.allowed}`, meaning })
  return value
}

/** `name` completes "each key must be …". */
export function mapOfListsSetting<T>(
  name: { readonly allowed: string; readonly pattern: RegExp },
  type: ValueType<T>,
  meaning: string,
): z.ZodMiniType<Record<string, T[]>> {
  const key = z.string().check(z.regex(name.pattern, `must be ${name.allowed}`))
  const value = z.prefault(z.record(key, list(type), "must be a map of lists"), {})
  keyNotes.set(value, {
    kind: "map of lists",
    standard: "",
    allowed: `a map; each value is a list, each of it ${type.allowed}`,
    meaning,
  })
  return value
}

/** Known to distribution; accepted, and said to do nothing. */
export function noEffect(): z.ZodMiniType {
  const value = z.optional(z.unknown())
  keyNotes.set(value, { kind: "no effect" })
  return value
}

/** Known to distribution, and too important to be passed over: the start is refused when `isUsed`. */
export function refused(reason: string, isUsed: (node: SettingNode) => boolean = isSet): z.ZodMiniType {
  const value = z.optional(z.custom((node) => !isUsed(node as SettingNode), reason))
  keyNotes.set(value, { kind: "refused", reason })
  return value
}

/** A section that is there even where nothing is written, with the defaults of its keys. */
export function section<T extends Keys>(
  keys: T,
  unknownKeys: UnknownKeys = "warn",
): z.ZodMiniPrefault<z.ZodMiniObject<T>> {
  const value = z.prefault(z.object(keys, "must be a section of keys"), {} as never)
  keyNotes.set(value, { kind: "section", keys, unknownKeys })
  return value
}

/** A section that is `undefined` where it is not written. */
export function optionalSection<T extends Keys>(keys: T): z.ZodMiniOptional<z.ZodMiniObject<T>> {
  const value = z.optional(z.object(keys, "must be a section of keys"))
  keyNotes.set(value, { kind: "section", keys, unknownKeys: "warn" })
  return value
}

/** A section that says all by being there. */
export function emptySection(meaning: string): z.ZodMiniType<object | undefined> {
  const value = z.optional(z.object({}, "must be left empty"))
  keyNotes.set(value, { kind: "section", keys: {}, unknownKeys: "warn", meaning })
  return value
}

function scalar<T>({ allowed, parse }: ValueType<T>, message = `must be ${allowed}`) {
  return z.pipe(
    z.string(message),
    z.transform((input: string, { issues }): T => {
      try {
        return parse(input)
      } catch (error) {
        if (!(error instanceof InvalidValueError)) throw error
        issues.push({ code: "custom", input, message: `must be ${allowed}` })
        return z.NEVER
      }
    }),
  )
}

/** A text alone is a list of one. */
function list<T>(type: ValueType<T>) {
  const asList = z.transform((node: unknown) => (typeof node === "string" ? [node] : node))
  return z.pipe(asList, z.array(scalar(type), "must be a list"))
}
