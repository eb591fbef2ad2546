import type { LinkTree } from "../../ports/link-tree.ts"

const refuse = () => Promise.reject(new Error("everything is kept in memory: there is no directory to write links to"))

/** Where everything is kept in memory, distribution has written nothing. */
export const emptyLinkTree: LinkTree = {
  exists: () => Promise.resolve(false),
  walk: async function* () {},
  list: () => Promise.resolve({ names: [], problems: [], isListed: () => true }),
  read: () => Promise.resolve({ is: "absent" }),
  listHistory: () => Promise.resolve([]),
  countUploads: () => Promise.resolve(0),
  write: refuse,
  writeHistory: refuse,
  remove: refuse,
  removeRepository: refuse,
  describe: (repository, { kind, name }) => `${repository}: ${kind} ${name}`,
}
