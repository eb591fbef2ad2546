import * as fc from "fast-check"
import { isRegistryError, type RegistryError } from "../../../src/domain/errors.ts"
import { insist } from "./target.ts"

const HEX = "0123456789abcdef".repeat(4)

/** What the grammars know, and what they do not. */
export const PIECES: readonly string[] = [
  ["a", "A", "0", "-", "_", ".", "/", ":", ",", ";", "=", "*", "bytes=", "bytes ", "sha256:", "sha512:", HEX],
  ["\0", "\n", "\t", " ", "\u00a0", "\ufeff", "\u202e", "\ud800", "\udfff", "😀", "é", "İ", "ß", "%2e", "%00"],
  ["__proto__", "constructor", "{", "}", "[", "]", '"', "\\", "\\u0000", "null", "NaN", "1e999", "-0", "9".repeat(20)],
  ['{"schemaVersion":2,', '"config":', '"layers":[', `{"mediaType":"a","digest":"sha256:${HEX}","size":1}`],
].flat()

/** Any sixteen-bit units, so lone surrogates as well. */
const units = fc.array(fc.nat(0xffff), { maxLength: 24 }).map((codes) => String.fromCharCode(...codes))

/** Texts made of these pieces, of the usual ones, and of anything. */
export function textOf(pieces: readonly string[], maxLength = 10): fc.Arbitrary<string> {
  const known = fc
    .array(fc.nat(pieces.length - 1), { maxLength })
    .map((chosen) => chosen.map((each) => pieces[each]).join(""))
  return fc.oneof({ weight: 6, arbitrary: known }, { weight: 1, arbitrary: anyText })
}

export const anyText = fc.oneof(
  units,
  fc.array(fc.nat(PIECES.length - 1), { maxLength: 12 }).map((chosen) => chosen.map((each) => PIECES[each]).join("")),
)

/** As a header can hold them: bytes, without control characters. */
export function headerOf(pieces: readonly string[]): fc.Arbitrary<string> {
  return textOf(pieces).map((text) => text.replaceAll(/[^\t -~\u0080-\u00ff]/g, "~").trim())
}

/** What the parser gives, or the typed error that it throws; any other error goes on. */
export function read<T>(parse: (text: string) => T, input: string): T | RegistryError {
  try {
    return parse(input)
  } catch (error) {
    if (isRegistryError(error)) return error
    throw error
  }
}

/** Twice the same, and an error's message is short, whatever it was thrown for. */
export function checkTyped(parse: (text: string) => unknown): (input: string) => void {
  return (input) => {
    const answer = read(parse, input)
    const again = read(parse, input)
    if (isRegistryError(answer)) {
      insist(isRegistryError(again) && again.code === answer.code, () => "the second answer is another")
      insist(answer.message.length < 1000, () => `the message has ${answer.message.length} characters`)
    } else insist(Bun.deepEquals(again, answer), () => "the second answer is another")
  }
}
