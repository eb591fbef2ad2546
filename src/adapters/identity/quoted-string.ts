/**
 * A value as a quoted-string (RFC 9110, section 5.6.4). What is not ASCII is given as the bytes of its UTF-8, one character
 * each, as a header takes them; control characters become question marks.
 */
export function quote(value: string): string {
  const visible = value.replaceAll(/\p{Cc}/gu, "?").replaceAll(/["\\]/g, String.raw`\$&`)
  return `"${Buffer.from(visible).toString("latin1")}"`
}
