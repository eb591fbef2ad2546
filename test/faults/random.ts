/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** True in this share of the calls, 0 to 1. */
  chance(share: number): boolean
  /** One of the list, or `undefined` when it is empty. */
  pick<T>(list: readonly T[]): T | undefined
  /** A stream of its own: how much is drawn from one does not change what another gives. */
  fork(name: string): Random
}

/** Our own generator (splitmix32), so that a seed means the same on every machine and in every release. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    return mix(state)
  }
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit)
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (share) => next() < share * 2 ** 32,
    pick: (list) => list[below(list.length)],
    fork: (name) => createRandom(hash(seed, name)),
  }
}

function hash(seed: number, name: string): number {
  let sum = mix(seed)
  for (let i = 0; i < name.length; i++) sum = mix(sum ^ name.charCodeAt(i))
  return sum
}

function mix(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
