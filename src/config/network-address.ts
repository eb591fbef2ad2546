const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** Whether a text is an IP address, or a network of such in CIDR's notation. */
export function isNetwork(text: string): boolean {
  const [, address = "", bits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const width = findWidth(address)
  return width !== undefined && (bits === undefined || Number(bits) <= width)
}

function findWidth(address: string): number | undefined {
  if (IPV4.test(address)) return 32
  return address.includes(":") && URL.parse(`http://[${address}]/`) !== null ? 128 : undefined
}
