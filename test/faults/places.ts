/** One thing that can be asked for in a repository. A referrer's id is `<subject> <digest>`. */
export interface Place {
  kind: "blob" | "manifest" | "tag" | "referrer"
  id: string
}

/** How one place looks before and after a change: a digest, or `undefined` when nothing is there. */
export interface Effect {
  place: Place
  before: string | undefined
  after: string | undefined
}

export function effect(kind: Place["kind"], id: string, before: string | undefined, after: string | undefined): Effect {
  return { place: { kind, id }, before, after }
}

/** Of a manifest, and of its place among the referrers of its subject. */
export function effectsOfManifest(
  { digest, subject }: { digest: string; subject: string | undefined },
  before: string | undefined,
  after: string | undefined,
): Effect[] {
  const referrer = subject === undefined ? [] : [effect("referrer", `${subject} ${digest}`, before, after)]
  return [effect("manifest", digest, before, after), ...referrer]
}
