/** What is given up is found without a look at all that is condemned, and both are counted without a look at their rows. */
export function createDyingIndex(): string[] {
  return [
    `DROP INDEX blob_dying`,
    `CREATE INDEX blob_dying ON blob (state, condemned_at, size) WHERE condemned_at IS NOT NULL`,
  ]
}
