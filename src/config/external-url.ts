/** Reads `http.host` as the base of Locations, without a slash at its end. Gives `undefined` for what is no web address. */
export function findExternalUrl(host: string): string | undefined {
  const url = URL.parse(host)
  if (url === null || !/^https?:$/.test(url.protocol) || url.host === "") return undefined
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "")
}
