import * as z from "zod/mini"
import { InvalidValueError } from "./config-error.ts"
import { isSet, type SettingNode } from "./setting-tree.ts"
import type { ValueType } from "./values.ts"

/** What is known of a key besides how it is read: the reference, the variables and the search for unknown keys use it. */
export type KeyNotes =
  | SectionNotes
  | ValueNotes
  | (Named & { readonly kind: "sections" | "map of sections" })
  | NoEffectNotes
  | { readonly kind: "refused"; readonly reason: string }

interface SectionNotes extends Named {
  readonly kind: "section"
  /** Nothing of it holds where it is not written. */
  readonly isOptional?: boolean
  readonly meaning?: string
}

/** Distribution knows the key; here it does nothing. `keys` are those below it, of each element where `isList`. */
interface NoEffectNotes extends Named {
  readonly kind: "no effect"
  readonly isList: boolean
  /** Completes "… has no effect: ". */
  readonly reason: string
}

export interface Named {
  readonly keys: Keys
  /** Absent: "warn". */
  readonly unknownKeys?: UnknownKeys
  /** Names that variables have for keys besides their own; `""` is the section itself. */
  readonly variables?: Readonly<Record<string, string>>
}

/**
 * What happens to a key that nobody knows. "refuse slips": it is refused if it looks like one that is known. A variable of
 * such a name is passed over with a warning unless "refuse variables".
 */
type UnknownKeys = "warn" | "refuse" | "refuse slips" | "refuse variables"

export type Keys = Readonly<Record<string, z.ZodMiniType>>

interface ValueNotes {
  readonly kind: "value" | "list" | "map" | "map of lists"
  /** As one would write it; empty when there is none. */
  readonly standard: string
  readonly allowed: string
  readonly meaning: string
  readonly warning?: ((text: string) => string | undefined) | undefined
  readonly effective?: ((text: string) => string) | undefined
  /** Another key has taken its place: it is not shown where it is not set. */
  readonly isOld?: boolean
  /** Never shown, nor are the values of a map. */
  readonly isSecret: boolean
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
  keyNotes.set(value, { kind: "value", standard, ...valueNotes(type), meaning })
  return value
}

export function optionalSetting<T>(type: ValueType<T>, meaning: string): z.ZodMiniType<T | undefined> {
  const value = z.optional(scalar(type))
  keyNotes.set(value, { kind: "value", standard: "", ...valueNotes(type), meaning })
  return value
}

/** A key that is read for the sake of old files. */
export function oldSetting<T>(type: ValueType<T>, meaning: string): z.ZodMiniType<T | undefined> {
  const value = z.optional(scalar(type))
  keyNotes.set(value, { kind: "value", standard: "", ...valueNotes(type), isOld: true, meaning })
  return value
}

/** A key without which its section means nothing. */
export function requiredSetting<T>(type: ValueType<T>, meaning: string): z.ZodMiniType<T> {
  const value = scalar(type, "must be set")
  keyNotes.set(value, { kind: "value", standard: "", ...valueNotes(type), meaning })
  return value
}

export function listSetting<T>(type: ValueType<T>, meaning: string): z.ZodMiniType<T[]> {
  const value = z.prefault(list(type), [])
  const { allowed, warning } = type
  keyNotes.set(value, {
    kind: "list",
    standard: "",
    allowed: `a list; each is ${allowed}`,
    meaning,
    warning,
    isSecret: false,
  })
  return value
}

/** Values that are no texts are taken as JSON. */
export function mapSetting(meaning: string): z.ZodMiniType<Record<string, string>> {
  const entry = z.pipe(
    z.unknown(),
    z.transform((node) => (typeof node === "string" ? node : JSON.stringify(node))),
  )
  const value = z.prefault(z.record(z.string(), entry, "must be a map"), {})
  keyNotes.set(value, { kind: "map", standard: "", allowed: "a map; each value is text", meaning, isSecret: false })
  return value
}

interface MapOfLists<T> {
  readonly name: { readonly allowed: string; readonly pattern: RegExp }
  readonly value: ValueType<T>
  readonly isSecret: boolean
}

export function mapOfListsSetting<T>(entry: MapOfLists<T>, meaning: string): z.ZodMiniType<Record<string, T[]>> {
  const key = z.string().check(z.regex(entry.name.pattern, `must be ${entry.name.allowed}`))
  const value = z.prefault(z.record(key, list(entry.value), "must be a map of lists"), {})
  keyNotes.set(value, {
    kind: "map of lists",
    standard: "",
    allowed: `a map; each value is a list, each of it ${entry.value.allowed}`,
    meaning,
    isSecret: entry.isSecret,
  })
  return value
}

/** Known to distribution; accepted, and said to do nothing. `reason` completes "… has no effect: ". */
export function noEffect(
  reason: string,
  keys: Keys = {},
  options: { isList?: boolean; variables?: Record<string, string> } = {},
): z.ZodMiniType {
  const value = z.optional(z.unknown())
  keyNotes.set(value, { kind: "no effect", reason, keys, isList: false, ...options })
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
  variables: Readonly<Record<string, string>> = {},
): z.ZodMiniPrefault<z.ZodMiniObject<T>> {
  const value = z.prefault(sectionOf(keys), {} as never)
  keyNotes.set(value, { kind: "section", keys, unknownKeys, variables })
  return value
}

/** A section that is `undefined` where it is not written. */
export function optionalSection<T extends Keys>(keys: T): z.ZodMiniOptional<z.ZodMiniObject<T>> {
  const value = z.optional(sectionOf(keys))
  keyNotes.set(value, { kind: "section", keys, isOptional: true })
  return value
}

/** A list of sections that all have the same keys. */
export function sectionList<T extends Keys>(keys: T): z.ZodMiniPrefault<z.ZodMiniArray<z.ZodMiniObject<T>>> {
  const value = z.prefault(z.array(sectionOf(keys), "must be a list of sections"), [])
  keyNotes.set(value, { kind: "sections", keys })
  return value
}

/** Sections under names of the operator's own; in one of Berth's sections, so unknown keys refuse the start. */
export function sectionMap<T extends Keys>(
  keys: T,
): z.ZodMiniPrefault<z.ZodMiniRecord<z.ZodMiniString, z.ZodMiniObject<T>>> {
  const value = z.prefault(z.record(z.string(), sectionOf(keys), "must be a map of sections"), {})
  keyNotes.set(value, { kind: "map of sections", keys, unknownKeys: "refuse" })
  return value
}

/** A section that says all by being there. */
export function emptySection(meaning: string): z.ZodMiniType<object | undefined> {
  const value = z.optional(z.object({}, "must be left empty"))
  keyNotes.set(value, { kind: "section", keys: {}, isOptional: true, meaning })
  return value
}

function sectionOf<T extends Keys>(keys: T): z.ZodMiniObject<T> {
  return z.object(keys, "must be a section of keys") as z.ZodMiniObject<T>
}

function valueNotes<T>({ allowed, warning, effective, isSecret }: ValueType<T>) {
  return { allowed, warning, effective, isSecret: isSecret === true }
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
