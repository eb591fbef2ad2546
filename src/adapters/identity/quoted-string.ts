/** A value as a quoted-string (RFC 9110, section 5.6.4), in ASCII, which every client reads. */
export function quote(value: string): string {
  const ascii = value.replaceAll(/[^\u0020-\u007e]/g, "?")
  return `"${ascii.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
