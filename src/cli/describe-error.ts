// A port in use, a missing file, a held lock: thrown as a plain Error, whose message is a sentence for the operator. Any
// other kind (TypeError …) that no system call brought is a fault of ours, and its stack tells where.
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForOperator = Object.getPrototypeOf(error) === Error.prototype || "code" in error
  return isForOperator ? error.message : (error.stack ?? error.message)
}
