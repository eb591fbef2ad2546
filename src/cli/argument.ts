import { InvalidArgumentError } from "commander"
import { isRegistryError } from "../domain/errors.ts"

/** Lets the command line's parser read an argument: one that cannot be used is refused before anything is opened. */
export function asArgument<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text)
    } catch (error) {
      throw isRegistryError(error) ? new InvalidArgumentError(error.message) : error
    }
  }
}
